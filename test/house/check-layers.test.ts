import { describe, expect, it } from 'vitest'
import { checkLayers } from '../../scripts/check-layers.ts'

const files = (sources: Record<string, string>): Map<string, string> => new Map(Object.entries(sources))

describe('the layer check', () => {
  it('accepts arrows that fall', () => {
    const sources = files({
      'src/types/a.ts': "import type { B } from './b.ts'\nexport interface A { b: B }",
      'src/types/b.ts': 'export type B = string',
      'src/utils/c.ts': "import type { A } from '../types/a.ts'\nexport const c = (a: A): string => a.b",
      'src/transport/http-client.ts': "import { c } from '../utils/c.ts'\nexport const load = () => import('ky') && c",
      'src/providers/openai.ts': "import { load } from '../transport/http-client.ts'\nexport const openai = load",
      'src/client/client.ts': "import { load } from '../transport/http-client.ts'\nexport const client = load",
      'src/index.ts': "export { client } from './client/client.ts'",
      'src/stores/sqlite.ts': "import { DatabaseSync } from 'node:sqlite'\nexport const open = DatabaseSync",
    })
    expect(checkLayers(sources)).toEqual([])
  })

  const violations: [name: string, sources: Record<string, string>, message: RegExp][] = [
    [
      'the ground reaching up',
      { 'src/utils/a.ts': "import { b } from '../config/b.ts'", 'src/config/b.ts': 'export const b = 1' },
      /utils\/a\.ts:1 reaches from utils to config/,
    ],
    [
      'rooms that meet, even for a type',
      { 'src/guards/a.ts': "import type { B } from '../routing/b.ts'", 'src/routing/b.ts': 'export type B = 1' },
      /reaches from guards to routing/,
    ],
    [
      'a type imported in place',
      { 'src/guards/a.ts': "export type A = import('../routing/b.ts').B", 'src/routing/b.ts': 'export type B = 1' },
      /reaches from guards to routing/,
    ],
    [
      'a client that knows a provider',
      { 'src/client/a.ts': "const b = import('../providers/b.ts')", 'src/providers/b.ts': 'export const b = 1' },
      /reaches from client to providers/,
    ],
    [
      'a provider that knows the client',
      { 'src/providers/a.ts': "export { b } from '../client/b.ts'", 'src/client/b.ts': 'export const b = 1' },
      /reaches from providers to client/,
    ],
    [
      'a fake that needs a room',
      { 'src/testing/a.ts': "import '../transport/b.ts'", 'src/transport/b.ts': 'export {}' },
      /reaches from testing to transport/,
    ],
    ['somebody entering through a door', { 'src/client/a.ts': "import '../index.ts'", 'src/index.ts': '' }, /to index/],
    ['a room nobody planned', { 'src/attic/a.ts': '' }, /attic\/a\.ts is in no known room/],
    ['an import without its ending', { 'src/utils/a.ts': "import './b.js'", 'src/utils/b.ts': '' }, /\.ts ending/],
    ['a file that is not there', { 'src/utils/a.ts': "import './b.ts'" }, /not a file below src/],
    ['a library away from home', { 'src/client/a.ts': "import type { Options } from 'ky'" }, /only src\/transport/],
    [
      'a library known to two files',
      { 'src/guards/a.ts': "import 'tokenx'", 'src/guards/b.ts': "import 'tokenx/x'" },
      /tokenx is known to more than one file/,
    ],
    ['a module of Node in the core', { 'src/utils/a.ts': "import { join } from 'path'" }, /a\.ts:1 imports path/],
    ['the heavy form of zod', { 'src/config/a.ts': "import { z } from 'zod'" }, /import \* as z/],
    ['zod among the types', { 'src/types/a.ts': "import type * as z from 'zod'" }, /zod into types/],
    ['run-time code among the types', { 'src/types/a.ts': 'export const a = 1' }, /run-time code in types/],
    ['a target that cannot be read', { 'src/utils/a.ts': 'const b = import(name)' }, /not a plain string/],
    [
      'a cycle of types',
      { 'src/types/a.ts': "import type {} from './b.ts'", 'src/types/b.ts': "import type {} from './a.ts'" },
      /import cycle: src\/types\/a\.ts → src\/types\/b\.ts → src\/types\/a\.ts/,
    ],
  ]
  it.each(violations)('refuses %s', (_name, sources, message) => {
    const problems = checkLayers(files(sources))
    expect(problems).toEqual([expect.stringMatching(message)])
  })
})
