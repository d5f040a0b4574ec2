import { argoCd } from './argo-cd.ts'
import { certManager } from './cert-manager.ts'
import { configSync } from './config-sync.ts'
import { consolePreset } from './console.ts'
import { flux } from './flux.ts'
import { helmOperator } from './helm-operator.ts'
import { keda } from './keda.ts'
import { kro } from './kro.ts'
import type { Preset } from './preset.ts'
import { vpa } from './vpa.ts'

/** In the order of the docs: engines first. */
export const presets: readonly Preset[] = [
  flux,
  argoCd,
  configSync,
  certManager,
  keda,
  vpa,
  helmOperator,
  kro,
  consolePreset,
]

const byName: ReadonlyMap<string, Preset> = new Map(presets.map((one) => [one.name, one]))

export function presetNamed(name: string | undefined): Preset | undefined {
  return name === undefined ? undefined : byName.get(name)
}

export const presetNames: readonly string[] = presets.map(({ name }) => name)

/** Those that make writers. */
export const writerPresetNames: readonly string[] = presets
  .filter(({ accounts }) => accounts.some(({ writer }) => writer !== undefined))
  .map(({ name }) => name)
