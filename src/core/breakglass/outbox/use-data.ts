import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../../manifest/json.ts'

export type UseState = 'Admitted' | 'Committed' | 'NotCommitted'

const mostPaths = 20
const mostRows = 20
const words = ['decisionId', 'time', 'op'] as const

/**
 * A use for people and machines elsewhere: its digests stay here, and what is confidential was never
 * in its diff. With `state` it is the use itself, without what became of it later; without, one of
 * many.
 */
export function useData(use: Json, state?: UseState): JsonObject {
  const paths = at(use, 'paths')
  const tips = at(use, 'tips')
  const program = stringAt(use, 'program')
  const resolution = at(use, 'resolution')
  return {
    n: Number(at(use, 'n')),
    ...Object.fromEntries(words.map((key) => [key, stringAt(use, key) ?? ''])),
    target: targetText(at(use, 'target')),
    paths: Array.isArray(paths) ? (paths as readonly Json[]).slice(0, mostPaths) : [],
    ...(program !== undefined && { program }),
    ...(state !== undefined && diffOf(use)),
    tips: Array.isArray(tips) ? (tips as readonly Json[]) : [],
    state: state ?? stringAt(use, 'state') ?? '',
    ...(state === undefined && resolution !== undefined && { resolution }),
  }
}

function diffOf(use: Json): JsonObject {
  const diff = at(use, 'diff')
  return Array.isArray(diff) ? { diff: (diff as readonly Json[]).slice(0, mostRows) } : {}
}

/** `deployments.apps/scale pay/api`, as messages name objects. */
function targetText(target: Json | undefined): string {
  if (!isJsonObject(target)) return ''
  const word = (key: string) => stringAt(target, key) ?? ''
  const resource = [word('resource'), word('group')].filter((one) => one !== '').join('.')
  const whole = [resource, word('subresource')].filter((one) => one !== '').join('/')
  const object = [word('namespace'), word('name')].filter((one) => one !== '').join('/')
  return object === '' ? whole : `${whole} ${object}`
}
