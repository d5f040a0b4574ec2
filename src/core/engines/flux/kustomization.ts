import { at, stringAt, type JsonObject } from '../../manifest/json.ts'
import type { Attestation, EngineKind, Found, Need, PlansAnswer, Write } from '../engine.ts'
import { draftKustomization } from './kustomization-plan.ts'
import { lists } from './inventory.ts'
import { kustomizeGroup } from './kinds.ts'
import {
  flagAt,
  identityOf,
  isBehind,
  isFinalized,
  isTerminating,
  textAt,
} from './object-fields.ts'
import { none, refused, type Obstacle } from './outcome.ts'
import { appliedAt, asAttestation, plansOf } from './pinned.ts'
import { dataNeed, readReferences } from './referenced-data.ts'
import { readSourceReference, sourceNeed } from './source.ts'

type Applies = Extract<Attestation, { readonly kind: 'applies' }>

/** Read from kustomize-controller 1.9.4 and github.com/fluxcd/pkg/kustomize 1.35.4. */
export const kustomization: EngineKind = {
  group: kustomizeGroup,
  kind: 'Kustomization',
  needs,
  plans,
  attest,
  lists,
  isBehind,
  endsWithList: (object) => isTerminating(object) && whyNotEnd(object, 'delete') === undefined,
}

/** What cannot be read is no need: asked for its plans, the Kustomization says why. */
function needs(object: JsonObject): readonly Need[] {
  const identity = identityOf(object)
  if (identity.kind !== 'known') return []
  const { namespace } = identity.value
  const source = readSourceReference(at(object, 'spec', 'sourceRef'), namespace)
  const references = readReferences(object, 'substituteFrom')
  return [
    ...(source.kind === 'known' ? [sourceNeed(source.value)] : []),
    ...(references.kind === 'known' ? references.value.map(dataNeed) : []),
  ]
}

/** A suspended one still says what belongs to it. */
function plans(object: JsonObject, found: Found): PlansAnswer {
  if (isTerminating(object)) return none('it is being deleted')
  const draft = draftKustomization(object, found)
  return draft.kind === 'known' ? plansOf(draft.value) : draft
}

/**
 * kustomize-controller writes `status.lastAttemptedRevision` before it builds, and so before the first
 * write. The source may have moved on since, which is why its own status says nothing here.
 */
function attest(object: JsonObject, found: Found, write: Write): Attestation {
  const obstacle = isTerminating(object) ? whyNotEnd(object, write) : undefined
  if (obstacle !== undefined) return asAttestation(obstacle)
  const draft = draftKustomization(object, found)
  if (draft.kind !== 'known') return asAttestation(draft)
  const attempted = stringAt(object, 'status', 'lastAttemptedRevision') ?? ''
  if (attempted === '') return asAttestation(none('it has attempted no revision yet'))
  const commit = draft.value.source.commitOf(attempted)
  if (commit.kind !== 'known') return asAttestation(commit)
  const applied = appliedAt(draft.value, { kind: 'commit', id: commit.value })
  if (applied.kind !== 'known') return asAttestation(applied)
  return { kind: 'applies', applied: applied.value, ...(write === 'delete' && whyRemoved(object)) }
}

/** Without pruning it still replaces what an object, or `spec.force`, asks to be made anew. */
function whyRemoved(object: JsonObject): Pick<Applies, 'onlyRecreates' | 'recreates'> {
  const prunes = isTerminating(object) || at(object, 'spec', 'prune') === true
  const isForced = at(object, 'spec', 'force') === true
  return { ...(!prunes && { onlyRecreates: true }), ...(isForced && { recreates: true }) }
}

function whyNotEnd(object: JsonObject, write: Write): Obstacle | undefined {
  if (write === 'apply') return none('it is being deleted, and applies nothing more')
  if (!isFinalized(object)) return none('it is being deleted, and done with what it made')
  const spec = at(object, 'spec')
  if (flagAt(spec, 'suspend') !== false) return refused('it leaves what it made: it is suspended')
  const policy = textAt(spec, 'deletionPolicy')
  if (policy === 'Delete' || policy === 'WaitForTermination') return undefined
  const isMirror = policy === '' || policy === 'MirrorPrune'
  if (isMirror && flagAt(spec, 'prune') === true) return undefined
  return refused('it leaves what it made: spec.deletionPolicy and spec.prune do not ask for more')
}
