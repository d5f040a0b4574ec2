import { isJsonObject, stringAt, type Json, type JsonObject } from '../core/manifest/json.ts'
import { nothingRead, type InputReading } from './input-reading.ts'

const optOut = 'kustomize.toolkit.fluxcd.io/decrypt'
/** By these kustomize-controller tells a file that sops has encrypted. */
const markers = ['"mac": "ENC[', 'sops_mac=ENC[', '[sops]', 'mac: ENC[']

/** Whether Flux, where it decrypts, applies something else, that only its key can tell. */
export function isEncrypted(object: JsonObject): boolean {
  const said = stringAt(object, 'metadata', 'annotations', optOut) ?? ''
  if (said.toLowerCase() === 'disabled') return false
  const mac = stringAt(object, 'sops', 'mac') ?? ''
  return mac !== '' || (object['kind'] === 'Secret' && holdsEncrypted(object['data'] ?? null))
}

/** A file as a value, or the lines of one for variables, which Flux decrypts before they become values. */
function holdsEncrypted(data: Json): boolean {
  if (!isJsonObject(data)) return false
  return Object.entries(data).some(([key, value]) => {
    const text = typeof value === 'string' ? Buffer.from(value, 'base64').toString('latin1') : ''
    return isSopsText(text) || (key === 'sops_mac' && text.startsWith('ENC['))
  })
}

/** A file that takes part in a build with more than its text: a patch, or a name with a hash of it. */
export function readSops(bytes: Uint8Array): InputReading {
  if (!isSopsText(Buffer.from(bytes).toString('latin1'))) return nothingRead
  const message =
    'encrypted with SOPS, and what it becomes depends on the plain text: encrypt the Secret itself, or set disableNameSuffixHash'
  return { ...nothingRead, problems: [{ line: 1, message }] }
}

function isSopsText(text: string): boolean {
  return markers.some((marker) => text.includes(marker))
}
