import type { AdmissionRequest } from '../admission/request.ts'
import { checkContent, kindName } from '../content/check.ts'
import { describeDifferences, pathsOf } from '../content/describe.ts'
import type { Difference } from '../content/difference.ts'
import { neededFacts, withoutPlugins } from '../content/plugins/explain.ts'
import { withoutReconciledRights } from '../content/reconciled-rights.ts'
import { isJsonObject, type JsonObject } from '../manifest/json.ts'
import type { ObjectId } from '../manifest/object-id.ts'
import type { Plan } from '../plans/plan.ts'
import type { DeclaredObject } from './declarations.ts'
import { marksOf } from './engine-state.ts'
import type { Looking } from './ownership.ts'
import { readFacts } from './plugin-facts.ts'
import { refuted, type Ground, type Refutation, type Subject } from './proof.ts'
import { replicasRefuted } from './replicas.ts'
import { schemaOf } from './kind-schemas.ts'

/** Check 7: every field that the request changes must land on what the commit declares. */
export async function contentRefuted(
  declared: DeclaredObject,
  looking: Looking,
): Promise<Refutation | undefined> {
  const { request } = looking.subject
  const { object } = declared
  if (!isJsonObject(object)) throw new Error('a declared object is no object')
  if (request.subresource === 'scale') return replicasRefuted(declared, looking)
  const { group, version } = request.kind
  const written = group === '' ? version : `${group}/${version}`
  const where = `${declared.repository}@${declared.commit.slice(0, 12)}`
  if (declared.apiVersion !== written) {
    const why = `${where} declares it as ${declared.apiVersion}, and the request writes ${written}: use one version in both`
    return refuted('VersionMismatch', why)
  }
  const { differences, unreadable } = await differencesFrom(object, looking, declared.id)
  if (differences.length === 0) return undefined
  const isSecret = kindName(request) === 'v1 Secret'
  const lacking = unreadable.length === 0 ? '' : ` (solewriter may not ${unreadable.join(' nor ')})`
  const what = describeDifferences(differences, where, isSecret)
  return {
    ...refuted('ContentMismatch', `${what}${lacking}`),
    paths: pathsOf(differences),
  }
}

interface Write extends Pick<Looking, 'plan'> {
  readonly subject: Pick<Subject, 'request'>
  readonly ground: Pick<Ground, 'policy' | 'cluster' | 'signal'>
}

interface Found {
  readonly differences: readonly Difference[]
  readonly unreadable: readonly string[]
}

/** Argo CD writes rights in two steps. */
function reconciles(plan: Plan | undefined, { operation }: AdmissionRequest): boolean {
  return operation === 'UPDATE' && plan?.engine?.group === 'argoproj.io'
}

/** What a write makes of an object that is not what is declared, what the API server adds apart. */
export async function differencesFrom(
  declared: JsonObject,
  { subject: { request }, ground, plan }: Write,
  id: ObjectId,
): Promise<Found> {
  const { policy, cluster, signal } = ground
  const schema = await schemaOf(request, cluster, signal)
  const found = checkContent({
    request,
    declared,
    schema,
    policy,
    ...(plan && { marks: marksOf(plan, id, policy) }),
  })
  const kind = kindName(request)
  const differences = reconciles(plan, request)
    ? withoutReconciledRights(kind, found, {
        old: request.oldObject ?? {},
        next: request.object ?? {},
        declared,
      })
    : found
  if (request.operation !== 'CREATE' || differences.length === 0) {
    return { differences, unreadable: [] }
  }
  const { namespace, object } = request
  const needed = neededFacts(kind, differences)
  const { facts, unreadable } = await readFacts(needed, { namespace, cluster, signal })
  const scene = { next: object ?? {}, declared, facts }
  return { differences: withoutPlugins(kind, differences, scene), unreadable }
}
