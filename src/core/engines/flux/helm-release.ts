import { at, stringAt, type JsonObject } from '../../manifest/json.ts'
import type {
  Attestation,
  EngineKind,
  Found,
  Need,
  PlansAnswer,
  Revision,
  Write,
} from '../engine.ts'
import {
  chartNeed,
  findChart,
  readChart,
  readChartReference,
  readWantedChart,
  type ChartReference,
} from './helm-chart.ts'
import { draftHelmRelease, type HelmDraft } from './helm-plan.ts'
import { lists } from './inventory.ts'
import { helmGroup } from './kinds.ts'
import {
  flagAt,
  identityOf,
  isBehind,
  isFinalized,
  isTerminating,
  textAt,
} from './object-fields.ts'
import { known, none, refused, type Obstacle, type Outcome } from './outcome.ts'
import { appliedAt, asAttestation, plansOf } from './pinned.ts'
import { dataNeed, readReferences } from './referenced-data.ts'
import { sourceNeed } from './source.ts'

/** Read from helm-controller 1.6.3 and source-controller 1.9.4. */
export const helmRelease: EngineKind = {
  group: helmGroup,
  kind: 'HelmRelease',
  needs,
  plans,
  attest,
  lists,
  isBehind,
  endsWithList: (object) => isTerminating(object) && whyNotEnd(object, 'delete') === undefined,
}

/** Asked again with what it named, it also names the source of a HelmChart that it refers to. */
function needs(object: JsonObject, found: Found = new Map()): readonly Need[] {
  const identity = identityOf(object)
  if (identity.kind !== 'known') return []
  const spec = at(object, 'spec')
  const reference = readChartReference(spec, identity.value)
  const references = readReferences(object, 'valuesFrom')
  return [
    ...(reference.kind === 'known' ? chartNeeds(reference.value, found) : []),
    ...(references.kind === 'known' ? references.value.map(dataNeed) : []),
  ]
}

function chartNeeds(reference: ChartReference, found: Found): readonly Need[] {
  const chart = readWantedChart(reference, found)
  const source = chart.kind === 'known' ? [sourceNeed(chart.value.source)] : []
  return [chartNeed(reference), ...source]
}

function plans(object: JsonObject, found: Found): PlansAnswer {
  if (isTerminating(object)) return none('it is being deleted')
  const draft = draftHelmRelease(object, found)
  return draft.kind === 'known' ? plansOf(draft.value) : draft
}

/**
 * helm-controller writes `status.lastAttemptedRevision`, the version of the packed chart, before it acts;
 * the commit of that package stands in the status of the HelmChart. An upgrade also deletes what the
 * new chart lacks, and so does a rollback: what may go is for Git to say.
 */
function attest(object: JsonObject, found: Found, write: Write): Attestation {
  const isEnding = isTerminating(object)
  const obstacle = isEnding ? whyNotEnd(object, write) : undefined
  if (obstacle !== undefined) return asAttestation(obstacle)
  const draft = draftHelmRelease(object, found)
  if (draft.kind !== 'known') return asAttestation(draft)
  const attempted = isEnding
    ? undefined
    : (stringAt(object, 'status', 'lastAttemptedRevision') ?? '')
  const revision = packedRevision(draft.value, { found, attempted })
  if (revision.kind !== 'known') return asAttestation(revision)
  const applied = appliedAt(draft.value, revision.value)
  if (applied.kind !== 'known') return asAttestation(applied)
  return { kind: 'applies', applied: applied.value }
}

function whyNotEnd(object: JsonObject, write: Write): Obstacle | undefined {
  if (write === 'apply') return none('it is being deleted, and applies nothing more')
  if (!isFinalized(object)) return none('it is being deleted, and done with what it made')
  if (flagAt(object, 'spec', 'suspend') !== false) {
    return refused('it leaves what it made: it is suspended')
  }
  return undefined
}

interface Attempt {
  readonly found: Found
  /** The version of the chart in use; undefined to uninstall, whatever the version. */
  readonly attempted: string | undefined
}

/**
 * With the strategy Revision the version itself holds the first digits of the commit: the HelmChart may
 * have seen the next one while this is installed. With ChartVersion a package is kept while the version
 * of the chart stays, so that what it holds may be older than the commit that the HelmChart saw: then
 * its content is not what Git declares there.
 */
function packedRevision(
  { chart, reference, source }: HelmDraft,
  { found, attempted }: Attempt,
): Outcome<Revision> {
  const object = findChart(reference, found)
  if (object.kind !== 'known') return object
  const seen = textAt(object.value, 'status', 'observedSourceArtifactRevision') ?? ''
  if (seen === '') return none('its HelmChart has seen no revision yet')
  const commit = source.commitOf(seen)
  if (commit.kind !== 'known') return commit
  const newest = known({ kind: 'commit', id: commit.value } as const)
  if (attempted === undefined) return newest
  if (attempted === '') return none('it has attempted no chart yet')
  if (!isWhatIsAsked(object.value, { chart, reference })) {
    return none('its HelmChart is not yet what it asks for')
  }
  if (chart.isPerCommit) return packedOf(attempted, commit.value)
  const isHeld = textAt(object.value, 'status', 'artifact', 'revision') === attempted
  return isHeld ? newest : known({ kind: 'head', digits: '' })
}

function isWhatIsAsked(
  object: JsonObject,
  { chart, reference }: Pick<HelmDraft, 'chart' | 'reference'>,
): boolean {
  const made = readChart(at(object, 'spec'), reference.namespace)
  return made.kind === 'known' && JSON.stringify(made.value) === JSON.stringify(chart)
}

function packedOf(version: string, newest: string): Outcome<Revision> {
  const [, digits] = /\+([0-9a-f]{12})(?:\.\d+)?$/.exec(version) ?? []
  if (digits === undefined) return none('it uses a package that was not made of one commit')
  return known(
    newest.startsWith(digits) ? { kind: 'commit', id: newest } : { kind: 'head', digits },
  )
}
