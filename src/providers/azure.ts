import type { Provider } from '../types/provider.ts'
import { invalid, ofType, show } from '../utils/check.ts'
import { environmentVariable } from '../utils/environment.ts'
import { modelName } from './core/preset.ts'
import { type CompatibleOptions, compatibleProvider } from './openai-compatible/compatible-provider.ts'
import { openaiQuirks } from './openai-compatible/openai-quirks.ts'
import type { Operation } from './openai-compatible/service.ts'

/** Options of `azure`. At Azure, models are named by deployment. */
export interface AzureOptions extends CompatibleOptions {
  /** Name of the resource; stands for the base URL `https://<resource>.openai.azure.com`. */
  readonly resource?: string
  /** Deployment used when a request names no model. */
  readonly deployment?: string
  /** A dated version, or `v1` for the API without versions. Default `2024-10-21`; with `api`: `v1`. */
  readonly apiVersion?: string
  /** `apiKey` gives tokens of Entra ID, sent as bearer. Default `false`: it gives keys of the resource. */
  readonly isToken?: boolean
}

const version = /^[\w.-]{1,40}$/

/**
 * OpenAI's models at Azure. The base URL may also come from `AZURE_OPENAI_ENDPOINT`. Deployments with a name of their own
 * hide which model they run: say what it does not take with `quirks`.
 *
 * @throws ConfigError when an option is wrong or there is no key (`AZURE_OPENAI_API_KEY`).
 */
export function azure(options: AzureOptions = {}): Provider {
  if (typeof options !== 'object' || options === null)
    throw invalid('options', show(options), 'an object, such as { resource, deployment }')
  const { resource, deployment, isToken, apiVersion = options.api ? 'v1' : '2024-10-21' } = options
  const model = options.model ?? deployment
  const isDated = apiVersion !== 'v1'
  return compatibleProvider(
    { name: 'azure', keyVariables: ['AZURE_OPENAI_API_KEY'] },
    {
      kind: 'azure',
      quirks: openaiQuirks,
      maxStop: 4,
      toolIds: { maxLength: 40 },
      takesRefusals: true,
      authorize: (key): Readonly<Record<string, string>> =>
        isToken ? { authorization: `Bearer ${key}` } : { 'api-key': key },
      ...(isDated && { path: (operation: Operation, name: string) => datedPath(operation, name, apiVersion) }),
    },
    { ...options, baseUrl: rootUrl(options, resource) + (isDated ? '' : '/openai/v1'), ...(model && { model }) },
    {
      resource: (value) => (/^[\w-]{1,64}$/.test(String(value)) ? undefined : 'the name of a resource'),
      deployment: modelName,
      apiVersion: (value) => (version.test(String(value)) ? undefined : "a version such as '2024-10-21', or 'v1'"),
      isToken: ofType('boolean'),
    },
  )
}

function datedPath(operation: Operation, deployment: string, apiVersion: string): string {
  const place = operation === 'models' ? operation : `deployments/${encodeURIComponent(deployment)}/${operation}`
  return `/openai/${place}?api-version=${apiVersion}`
}

function rootUrl({ baseUrl }: AzureOptions, resource: string | undefined): string {
  const given = baseUrl ?? (resource === undefined ? environmentVariable('AZURE_OPENAI_ENDPOINT') : undefined)
  if (given === undefined && resource === undefined)
    throw invalid('resource', 'none', 'a resource, a baseUrl, or AZURE_OPENAI_ENDPOINT in the environment')
  const root = given ?? `https://${resource}.openai.azure.com`
  // Both forms are shown in Azure's own pages.
  return typeof root === 'string' ? root.replace(/\/+$/, '').replace(/\/openai(?:\/v1)?$/, '') : root
}
