import { InjectionScanner } from './scan.ts'

/** `full`: rules and the model. `rules`: no model, faster and smaller, finds less. */
export type InjectionDetector = 'full' | 'rules'

/** Loads what a scanner has to know and makes one. The words take about 15 kB after compression, the model 42 kB. */
export async function createInjectionScanner(detector: InjectionDetector = 'full'): Promise<InjectionScanner> {
  const [{ vocabulary }, model] = await Promise.all([
    import('./vocabulary.ts'),
    detector === 'full' ? import('./data.ts') : undefined,
  ])
  return new InjectionScanner(vocabulary, model?.modelData)
}
