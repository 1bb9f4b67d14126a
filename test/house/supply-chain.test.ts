import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { verifies } from '../support/verifies.ts'

interface LockedPackage {
  readonly version?: string
  readonly dev?: boolean
  readonly optional?: boolean
  readonly hasInstallScript?: boolean
}

const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'))
const own = read('package.json') as Readonly<Record<string, Readonly<Record<string, string>>>>
const locked = Object.entries(read('package-lock.json').packages as Readonly<Record<string, LockedPackage>>).filter(
  ([path]) => path !== '',
)

describe('what comes with the package', verifies('F248'), () => {
  it('is little: four packages at most, and those named', () => {
    const shipped = locked.filter(([, { dev, optional }]) => !dev && !optional).map(([path]) => path)
    expect(shipped.sort()).toEqual(
      Object.keys(own.dependencies ?? {})
        .map((name) => `node_modules/${name}`)
        .sort(),
    )
    expect(shipped.length).toBeLessThanOrEqual(4)
    expect(own.optionalDependencies).toBeUndefined()
    expect(own.peerDependencies).toBeUndefined()
  })

  it('is locked to one version each, tools too', () => {
    expect(locked.length).toBeGreaterThan(100)
    expect(locked.filter(([, { version }]) => !/^\d+\.\d+\.\d+/.test(version ?? ''))).toEqual([])
    const tools = Object.entries(own.devDependencies ?? {})
    expect(tools.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
  })

  it('runs nothing when it is installed', () => {
    const hooks = ['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare', 'postprepare']
    expect(hooks.filter((hook) => own.scripts?.[hook] !== undefined)).toEqual([])
    expect(locked.filter(([, { dev, hasInstallScript }]) => hasInstallScript && !dev)).toEqual([])
  })

  it('lets no tool run install scripts but those that are named', () => {
    const scripted = locked.filter(([, { hasInstallScript, optional }]) => hasInstallScript && !optional)
    const names = scripted.map(([path]) => path.replace(/.*node_modules\//, ''))
    expect(names.sort()).toEqual(Object.keys(own.allowScripts ?? {}).sort())
  })
})
