import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../../core/manifest/json.ts'
import type { LiveTarget } from '../../core/breakglass/live-target.ts'
import type { TrackedTarget } from '../../core/breakglass/tracked-use.ts'
import { isGood, unexpected, type ApiAnswer } from '../../kubernetes/api.ts'
import { pathOf } from '../../kubernetes/paths.ts'
import type { Session } from '../breakglass/cluster.ts'

/** The object of a use as it is now, and its scale where that is what was written. */
export async function readTarget(target: TrackedTarget, session: Session): Promise<LiveTarget> {
  const answer = await get(pathOf(target, target.name), session)
  if (answer.status === 404) return { kind: 'absent' }
  const whole = objectIn(answer)
  if (whole === undefined) return unreadable(answer)
  if (target.subresource !== 'scale') return { kind: 'found', whole, seen: whole }
  const scale = await get(`${pathOf(target, target.name)}/scale`, session)
  const seen = objectIn(scale)
  return seen === undefined ? unreadable(scale) : { kind: 'found', whole, seen }
}

const ownScale: ReadonlySet<string> = new Set(['', 'apps', 'extensions'])

/** Where an object of that kind keeps what its scale calls `spec.replicas`; undefined if nobody knows. */
export async function replicasPath(
  { group, version, resource }: TrackedTarget,
  session: Session,
): Promise<string | undefined> {
  if (ownScale.has(group)) return 'spec.replicas'
  const definitions = {
    group: 'apiextensions.k8s.io',
    version: 'v1',
    resource: 'customresourcedefinitions',
    namespace: '',
  }
  const definition = objectIn(await get(pathOf(definitions, `${resource}.${group}`), session))
  const versions = at(definition, 'spec', 'versions')
  const served = (Array.isArray(versions) ? (versions as readonly Json[]) : []).find(
    (one) => stringAt(one, 'name') === version,
  )
  const path = stringAt(served, 'subresources', 'scale', 'specReplicasPath')
  return path !== undefined && /^(?:\.\w+)+$/.test(path) ? path.slice(1) : undefined
}

function get(path: string, { api, env }: Session): Promise<ApiAnswer> {
  return api.send({ method: 'GET', path, signal: env.signal })
}

function objectIn(answer: ApiAnswer): JsonObject | undefined {
  return isGood(answer) && isJsonObject(answer.body) ? answer.body : undefined
}

function unreadable(answer: ApiAnswer): LiveTarget {
  if (answer.status >= 500) throw unexpected('get the object of a use', answer)
  const why =
    answer.status === 403 ? 'you may not read it' : `the API server answers ${answer.status}`
  return { kind: 'unreadable', why }
}
