/**
 * What a stranger gets: packs the package, puts the tarball into an empty project beside its dependencies alone, compiles
 * the program of README.md and every entry there with all checks on, and runs the program against a fake provider.
 * Needs a fresh `npm run build`.
 */
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Entry, readEntries, root } from './entries.ts'
import { report } from './sources.ts'

/** Entries whose declarations speak of Node. */
const onNode = /^\.\/(testing\/server|stores\/sqlite|env)$/

const compilerOptions = {
  target: 'ES2023',
  module: 'NodeNext',
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  noEmit: true,
}

const project = mkdtempSync(join(tmpdir(), 'holdfast-pack-'))
const problems: string[] = []
let files = 0
try {
  const packed = unpack()
  files = packed.length
  problems.push(...checkFiles(packed))
  writeProject()
  problems.push(
    ...compile('tsconfig.json'),
    ...compile('tsconfig.web.json'),
    ...checkImports(),
    ...checkCommand(),
    ...(await runProgram()),
  )
} finally {
  rmSync(project, { recursive: true, force: true })
}
report('pack', problems, `${files} files`)

/** Packs and unpacks; gives the files inside. */
function unpack(): string[] {
  const packing = ['pack', '--json', '--ignore-scripts', '--pack-destination', project]
  const [{ filename }] = JSON.parse(execFileSync('npm', packing, { cwd: root, encoding: 'utf8' }))
  const target = join(project, 'node_modules', 'holdfast')
  mkdirSync(target, { recursive: true })
  execFileSync('tar', ['-xzf', join(project, filename), '-C', target, '--strip-components=1'])
  return readdirSync(target, { recursive: true, encoding: 'utf8' })
}

function checkFiles(packed: readonly string[]): string[] {
  const wanted = ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'THIRD_PARTY_NOTICES.md']
  const allowed = new RegExp(`^(${wanted.map((name) => name.replace('.', '\\.')).join('|')}|dist(/.*)?)$`)
  return [
    ...wanted.filter((name) => !packed.includes(name)).map((name) => `the tarball lacks ${name}`),
    ...packed.filter((name) => !allowed.test(name)).map((name) => `the tarball holds ${name}`),
  ]
}

/** The project of a stranger: the package, what it depends on, and the types of Node. */
function writeProject(): void {
  const { dependencies } = JSON.parse(readFileSync(join(project, 'node_modules/holdfast/package.json'), 'utf8'))
  for (const name of [...Object.keys(dependencies), '@types/node']) {
    const link = join(project, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), link)
  }
  const entries = readEntries()
  write('package.json', JSON.stringify({ private: true, type: 'module' }))
  write('program.ts', readmeProgram())
  write('node.ts', importAll(entries))
  write('web.ts', importAll(entries.filter(({ key }) => !onNode.test(key))))
  const lib = ['ES2023', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable']
  write(
    'tsconfig.json',
    JSON.stringify({
      compilerOptions: { ...compilerOptions, types: ['node'] },
      files: ['program.ts', 'node.ts'],
    }),
  )
  write(
    'tsconfig.web.json',
    JSON.stringify({ compilerOptions: { ...compilerOptions, lib, types: [] }, files: ['web.ts'] }),
  )
  // The real addresses of providers lead to the fake one.
  write(
    'route.js',
    `const { fetch } = globalThis
const routes = JSON.parse(process.env.ROUTES)
globalThis.fetch = (url, init) => {
  const [from, to] = routes.find(([from]) => url.startsWith(from))
  return fetch(to + url.slice(from.length), init)
}`,
  )
}

function write(name: string, text: string): void {
  writeFileSync(join(project, name), text)
}

/** The first program of README.md. */
function readmeProgram(): string {
  const program = /^```ts\n([\s\S]*?)^```/m.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1]
  if (program === undefined) throw new Error('README.md shows no program')
  return program
}

function importAll(entries: readonly Entry[]): string {
  return entries.map(({ specifier }, index) => `export * as entry${index} from '${specifier}'`).join('\n')
}

function compile(config: string): string[] {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', config], { cwd: project, encoding: 'utf8' })
  return status === 0 ? [] : [`${config}: ${stdout.trim()}`]
}

function checkImports(): string[] {
  const { status, stderr } = spawnSync(process.execPath, ['node.ts'], { cwd: project, encoding: 'utf8' })
  return status === 0 ? [] : [`not every entry can be imported: ${stderr.trim()}`]
}

/** As `npx holdfast generate-key` runs it. */
function checkCommand(): string[] {
  const folder = join(project, 'node_modules/holdfast')
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const file = join(folder, bin.holdfast)
  const isRunnable = readFileSync(file, 'utf8').startsWith('#!/usr/bin/env node\n')
  const { stdout, stderr } = spawnSync(process.execPath, [file, 'generate-key'], { cwd: project, encoding: 'utf8' })
  return isRunnable && /^[\w-]{43}=\n$/.test(stdout) ? [] : [`the command printed:\n${stdout}\n${stderr}`]
}

/** The first provider of the program is down, so the second has to answer. */
async function runProgram(): Promise<string[]> {
  const load = (entry: string) => import(pathToFileURL(join(project, 'node_modules/holdfast/dist', entry)).href)
  const { fakeProviderServer }: typeof import('../src/testing/server.ts') = await load('testing/server.js')
  const { fail }: typeof import('../src/testing/index.ts') = await load('testing.js')
  const server = await fakeProviderServer('Because of the air.')
  server.use(fail(503), { dialect: 'anthropic' })
  const routes = [
    ['https://api.anthropic.com/v1', server.url('anthropic')],
    ['https://api.openai.com/v1', server.url('openai')],
  ]
  const env = {
    PATH: process.env.PATH,
    ANTHROPIC_API_KEY: 'sk-test-anthropic',
    OPENAI_API_KEY: 'sk-test-openai',
    ROUTES: JSON.stringify(routes),
  }
  const { stdout, stderr } = await run(['--import', './route.js', 'program.ts'], env)
  await server.close()
  const isRight = /^Because of the air\. openai \d+\nBecause of the air\.$/.test(stdout) && stderr === ''
  return isRight ? [] : [`the program of README.md printed:\n${stdout}\n${stderr}`]
}

/** Not blocking: the server lives in this process. */
function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: project, env, timeout: 20_000 }, (error, stdout, stderr) =>
      resolve({ stdout, stderr: error === null ? stderr : `${stderr}${error.message}` }),
    )
  })
}
