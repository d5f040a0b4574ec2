import type { LiveTarget } from '../core/breakglass/live-target.ts'
import type { TrackedTarget } from '../core/breakglass/tracked-use.ts'
import { isJsonObject, stringAt, type JsonObject } from '../core/manifest/json.ts'
import { isGood, unexpected, type Api, type ApiAnswer } from './api.ts'
import { isObjectName, pathOf, resourceName } from './paths.ts'

/**
 * The object of a use as it is now, in the version in which it was written, since digests are of that.
 * Rejects with ClusterUnreachable.
 */
export async function readTarget(
  api: Api,
  target: TrackedTarget,
  signal: AbortSignal,
): Promise<LiveTarget> {
  const { group, resource, subresource, name } = target
  // A review of a Namespace names the Namespace itself as its namespace.
  const namespace = group === '' && resource === 'namespaces' ? '' : target.namespace
  if (!isObjectName(name)) return { kind: 'unreadable', why: 'it has no name' }
  const path = pathOf({ ...target, namespace }, name)
  const whole = await read(api, { path, target, signal })
  if (whole.kind !== 'found' || subresource !== 'scale') return whole
  const scale = await read(api, { path: `${path}/scale`, target, signal })
  return scale.kind === 'found' ? { ...whole, seen: scale.whole } : scale
}

interface Asked {
  readonly path: string
  readonly target: TrackedTarget
  readonly signal: AbortSignal
}

async function read(api: Api, { path, target, signal }: Asked): Promise<LiveTarget> {
  const answer = await api.send({ method: 'GET', path, signal })
  const what = `get ${resourceName(target)}`
  if (answer.status === 404) {
    // A path that nobody serves is answered so as well: that says nothing of the object.
    return isObjectMissing(answer)
      ? { kind: 'absent' }
      : { kind: 'unreadable', why: `${target.version} of ${resourceName(target)} is not served` }
  }
  if (answer.status === 403) return { kind: 'unreadable', why: `solewriter may not ${what}` }
  const object = found(answer)
  if (object === undefined) throw unexpected(what, answer)
  return { kind: 'found', seen: object, whole: object }
}

function found(answer: ApiAnswer): JsonObject | undefined {
  return isGood(answer) && isJsonObject(answer.body) ? answer.body : undefined
}

function isObjectMissing({ body }: ApiAnswer): boolean {
  return (
    isJsonObject(body) &&
    stringAt(body, 'reason') === 'NotFound' &&
    stringAt(body['details'], 'name') !== undefined
  )
}
