import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { JsonObject } from '../../core/manifest/json.ts'
import { canonicalJson } from '../../core/manifest/canonical.ts'
import { toManifest } from '../../kubernetes/emergency.ts'
import type { Env } from '../env.ts'

/** What would be lost if this process died between removing one thing and writing the other. */
export interface LocalCopy {
  /** Undefined when it could not be written. */
  readonly file: string | undefined
  readonly text: string
  remove(): Promise<void>
}

/** As a manifest that `kubectl apply -f` and `emergency on -f` take. */
export async function saveLocally(
  configurations: readonly JsonObject[],
  env: Env,
): Promise<LocalCopy> {
  const items = configurations.map(toManifest)
  const [only] = items
  const list: JsonObject = { apiVersion: 'v1', kind: 'List', items }
  const text = `${canonicalJson(items.length === 1 && only !== undefined ? only : list)}\n`
  const time = new Date(env.now()).toISOString().replaceAll(/[:.]/g, '-')
  const file = path.join(env.cwd, `solewriter-emergency-${time}.json`)
  try {
    await writeFile(file, text, { flag: 'wx', mode: 0o600 })
    return { file, text, remove: () => rm(file, { force: true }) }
  } catch {
    // A directory that cannot be written to is no reason to leave a cluster locked.
    return { file: undefined, text, remove: () => Promise.resolve() }
  }
}
