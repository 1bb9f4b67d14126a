/** How large the smallest program that chats is, bundled and minified with everything it needs. */
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..')
const peers = join(import.meta.dirname, 'peers')

const programs: Readonly<Record<string, { readonly folder: string; readonly code: string }>> = {
  fetch: {
    folder: root,
    code: `const response = await fetch('https://api.openai.com/v1/chat/completions', {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer ' + process.env.OPENAI_API_KEY },
        body: JSON.stringify({ model: 'gpt', messages: [{ role: 'user', content: 'hello' }] }),
      })
      if (!response.ok) throw new Error(String(response.status))
      console.log((await response.json()).choices[0].message.content)`,
  },
  holdfast: {
    folder: root,
    code: `import { UnifiedClient } from 'holdfast'
      import { openai } from 'holdfast/providers/openai'
      const client = new UnifiedClient({ providers: [openai(), openai({ name: 'second' })] })
      console.log((await client.chat('hello')).text)`,
  },
  openai: {
    folder: peers,
    code: `import OpenAI from 'openai'
      const client = new OpenAI()
      const reply = await client.chat.completions.create({ model: 'gpt', messages: [{ role: 'user', content: 'hello' }] })
      console.log(reply.choices[0].message.content)`,
  },
  ai: {
    folder: peers,
    code: `import { generateText } from 'ai'
      import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
      const model = createOpenAICompatible({ name: 'openai', baseURL: 'https://api.openai.com/v1' })('gpt')
      console.log((await generateText({ model, prompt: 'hello' })).text)`,
  },
}

/** Bytes after gzip. */
export interface Size {
  /** What is loaded when the program starts, where the bundler can split. */
  readonly initial: number
  /** Everything in one file. */
  readonly all: number
}

/** The size of each program. */
export async function measureSizes(): Promise<Readonly<Record<string, Size>>> {
  const sizes = Object.entries(programs).map(async ([name, { folder, code }]) => {
    const [whole, split] = await Promise.all([bundle(folder, code, false), bundle(folder, code, true)])
    return [name, { initial: initialBytes(split), all: gzipped(whole.outputFiles) }] as const
  })
  return Object.fromEntries(await Promise.all(sizes))
}

function bundle(folder: string, code: string, splitting: boolean) {
  return build({
    stdin: { contents: code, resolveDir: folder, loader: 'ts' },
    bundle: true,
    write: false,
    minify: true,
    metafile: true,
    splitting,
    outdir: 'bundle',
    // Not the sources, to which the paths of this repository lead.
    tsconfigRaw: {},
    format: 'esm',
    platform: 'node',
    target: 'node22',
    logLevel: 'error',
  })
}

type Bundle = Awaited<ReturnType<typeof bundle>>

/** The files the entry imports statically, and what these import. */
function initialBytes({ metafile, outputFiles }: Bundle): number {
  const paths = Object.keys(metafile.outputs).filter((path) => metafile.outputs[path]?.entryPoint === '<stdin>')
  for (const path of paths) {
    const imports = metafile.outputs[path]?.imports ?? []
    const next = imports.filter(({ kind, external }) => kind === 'import-statement' && !external)
    for (const item of next) if (!paths.includes(item.path)) paths.push(item.path)
  }
  return gzipped(outputFiles.filter((file) => paths.some((path) => file.path.endsWith(path))))
}

function gzipped(files: Bundle['outputFiles']): number {
  return gzipSync(Buffer.concat(files.map(({ contents }) => contents)), { level: 9 }).length
}
