import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import type { Held } from './held-status.ts'
import { momentOf } from './moment.ts'

/** As decision/held.ts words it. */
const refusal =
  /\[ReconcileHeld\] .*?: break-glass (?<grant>bg-[0-9a-f-]+) use (?<use>\d+) changed this .*?, and (?<commit>\S+@[0-9a-f]+) says .*?, until (?<until>\S+Z)\./g

/**
 * The refusals that an engine has noted in the conditions of its own object. Flux is refused where it
 * only tries a write, and a try leaves nothing behind on our side.
 */
export function holdsToldBy(engineObject: JsonObject): readonly Held[] {
  const conditions = at(engineObject, 'status', 'conditions')
  if (!Array.isArray(conditions)) return []
  const by = nameOf(engineObject)
  return (conditions as readonly Json[]).flatMap((condition) => {
    if (!isJsonObject(condition)) return []
    const since = momentOf(stringAt(condition, 'lastTransitionTime'))
    const text = stringAt(condition, 'message') ?? ''
    return since === undefined ? [] : [...text.matchAll(refusal)].flatMap(toHeld(by, since))
  })
}

function toHeld(by: string, since: number): (found: RegExpExecArray) => readonly Held[] {
  return ({ groups = {} }) => {
    const { grant = '', use = '', commit = '' } = groups
    const until = momentOf(groups['until'])
    return until === undefined ? [] : [{ grant, use: Number(use), at: since, by, commit, until }]
  }
}

/** `Kustomization flux-system/apps` */
function nameOf(object: JsonObject): string {
  const place = [stringAt(object, 'metadata', 'namespace'), stringAt(object, 'metadata', 'name')]
  return `${stringAt(object, 'kind') ?? ''} ${place.join('/')}`
}
