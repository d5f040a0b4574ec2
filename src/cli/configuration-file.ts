import { readFile } from 'node:fs/promises'
import { GuardError } from '../core/errors.ts'
import { readObjects } from '../core/manifest/documents.ts'
import type { JsonObject } from '../core/manifest/json.ts'
import { parseManifests } from '../core/manifest/parse.ts'

/** The webhook configurations in a manifest file, in YAML or JSON; other objects are passed over. */
export async function readConfigurationFile(file: string): Promise<readonly JsonObject[]> {
  const { objects, problems } = readObjects(parseManifests(await readFile(file)), 'default')
  const [problem] = problems
  if (problem !== undefined) {
    throw new GuardError('ManifestInvalid', `${file}:${problem.line}: ${problem.message}`)
  }
  const found = objects.filter(({ kind }) => kind === 'ValidatingWebhookConfiguration')
  if (found.length > 0) return found.map(({ object }) => object)
  throw new GuardError('ManifestInvalid', `${file}: holds no ValidatingWebhookConfiguration`)
}
