import type { ChainFacts, NowView, ReplicaFacts } from '../../core/console/now-page.ts'
import type { RepositoryFacts } from '../../core/console/repositories-page.ts'
import { readCheckpoint } from '../../core/audit/checkpoint.ts'
import { postMortemFacts, type PostMortemFacts } from '../../core/breakglass/narrative-facts.ts'
import { listAt } from '../../core/breakglass/narrative-uses.ts'
import { at, stringAt, type JsonObject } from '../../core/manifest/json.ts'
import { withoutCredentials } from '../../core/provenance/repository-claim.ts'
import { nameOf, viewOf, type GrantView } from '../breakglass/grant-view.ts'
import type { Listed } from './cluster-lists.ts'
import type { ConsoleSources } from './sources.ts'

export function objectsOf(listed: Listed): readonly JsonObject[] {
  return listed.kind === 'read' ? listed.objects : []
}

export function problemsOf(...all: readonly Listed[]): readonly string[] {
  return all.flatMap((one) => (one.kind === 'unknown' ? [one.why] : []))
}

/** Newest first. */
export function grantViews(grants: readonly JsonObject[], now: number): readonly GrantView[] {
  return grants
    .map((one) => viewOf(one, now))
    .toSorted((a, b) => compareTexts(b.createdAt ?? '', a.createdAt ?? ''))
}

/** What is open first, then the newest. */
export function postMortemViews(
  postMortems: readonly JsonObject[],
  grants: readonly JsonObject[],
): readonly PostMortemFacts[] {
  const byName = new Map(grants.map((grant) => [nameOf(grant), grant]))
  const isClosed = ({ phase }: PostMortemFacts) => (phase === 'Closed' ? 1 : 0)
  return postMortems
    .map((one) => postMortemFacts(one, byName.get(stringAt(one, 'spec', 'grant') ?? '')))
    .toSorted(
      (a, b) => isClosed(a) - isClosed(b) || compareTexts(b.openedAt ?? '', a.openedAt ?? ''),
    )
}

export function repositoryViews({ policy, mirrors }: ConsoleSources): readonly RepositoryFacts[] {
  const known = mirrors()
  return policy.current().policy.spec.repositories.map(({ name, url, branches }) => ({
    name,
    url: withoutCredentials(url),
    branches,
    mirror: known?.get(name),
  }))
}

export function scopeViews({ policy }: ConsoleSources): NowView['scopes'] {
  const { scopes, mode } = policy.current().policy.spec
  return [
    ...scopes.map((scope) => ({
      where: [...(scope.namespaces ?? []), ...(scope.resources ?? [])].join(', '),
      mode: scope.mode,
    })),
    { where: 'everything else', mode },
  ]
}

/** Newest first; chains that nobody may have heard of for a day are told as well. */
export function chainViews(checkpoints: readonly JsonObject[]): readonly ChainFacts[] {
  return checkpoints
    .flatMap((one) => readCheckpoint(at(one, 'spec')) ?? [])
    .map(({ writer, count, closes, time, kid = '' }) => ({
      writer,
      records: count,
      isClosed: closes,
      at: time,
      kid,
    }))
    .toSorted((a, b) => compareTexts(b.at, a.at))
    .slice(0, 20)
}

export function replicaViews(pods: readonly JsonObject[]): readonly ReplicaFacts[] {
  return pods
    .map((pod) => {
      const ready = listAt(at(pod, 'status'), 'conditions').find(({ type }) => type === 'Ready')
      const isReady = ready?.['status'] === 'True'
      const phase = stringAt(pod, 'status', 'phase') ?? 'Unknown'
      return {
        name: nameOf(pod),
        part: stringAt(pod, 'metadata', 'labels', 'app.kubernetes.io/component') ?? '',
        isReady,
        state: isReady ? 'ready' : phase === 'Running' ? 'not ready' : phase,
      }
    })
    .toSorted((a, b) => compareTexts(a.name, b.name))
}

export function queueView(
  grants: readonly JsonObject[],
  views: readonly GrantView[],
  postMortems: readonly PostMortemFacts[],
): NowView['queue'] {
  const isUntold = (grant: JsonObject) =>
    listAt(at(grant, 'status'), 'conditions').some(
      (one) => one['type'] === 'Delivered' && one['status'] === 'False',
    )
  const uses = views.flatMap((view) => view.uses)
  return {
    activeGrants: views.filter(({ isActive }) => isActive).length,
    openUses: uses.filter(({ resolution }) => resolution === null).length,
    untold: grants.filter(isUntold).length,
    overdue: postMortems.filter(({ overdue }) => overdue.length > 0).length,
  }
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
