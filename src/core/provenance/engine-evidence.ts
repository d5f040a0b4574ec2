import { GuardError } from '../errors.ts'
import type { Applied, Attestation, Engine, Write } from '../engines/engine.ts'
import { stringAt, type Json } from '../manifest/json.ts'
import { isSamePlan, type EngineReference, type Plan } from '../plans/plan.ts'
import { claimsOf } from './applied-claim.ts'
import type { Claim, Evidence } from './claim.ts'
import { createdBy } from './created-by-plan.ts'
import { asBefore, earlierStates, statesOfEarlierNeeds } from './earlier-states.ts'
import { endingClaim } from './engine-list.ts'
import { engineNamed, kindOf, readState, type EngineState, type Freshness } from './engine-state.ts'
import { withFormerNeeds } from './former-needs.ts'
import { ungoverned } from './governed.ts'
import { plansDeclaring } from './plans-declaring.ts'
import type { Ground, Refutation, Subject } from './proof.ts'

/**
 * What the object of an engine says that it applies now. An object of the cluster says by its marks
 * which one that is; without any, the plans that declare it do.
 */
export async function engineEvidence(
  name: Engine['name'],
  subject: Subject,
  ground: Ground,
  freshness: Freshness,
): Promise<Evidence> {
  const engine = engineNamed(name, ground.policy)
  if (engine === undefined) return { kind: 'none', why: `${name} attests for nobody` }
  const asking: Asking = { engine, subject, ground, freshness }
  const states = await statesFor(asking)
  const reasons: string[] = []
  const claims: Claim[] = []
  let refused: Evidence | undefined
  for (const state of states) {
    const attested = await attest(state, asking)
    if (attested.kind === 'claims') claims.push(...attested.claims)
    else if (attested.kind === 'refused') refused ??= attested
    else reasons.push(attested.why)
  }
  if (claims.length > 0) return { kind: 'claims', claims }
  if (refused !== undefined) return refused
  const why = reasons.slice(0, 3).join('; ')
  return {
    kind: 'none',
    why: why === '' ? `nothing tells which object of ${name} applies it` : why,
  }
}

interface Asking {
  readonly engine: Engine
  readonly subject: Subject
  readonly ground: Ground
  readonly freshness: Freshness
}

/** The object that the marks name, else those whose plans declare it. */
async function statesFor(asking: Asking): Promise<readonly EngineState[]> {
  const { engine, subject, ground } = asking
  const { request } = subject
  const marked = request.operation === 'DELETE' ? request.oldObject : request.object
  const named = request.subresource === '' ? engine.namedBy((marked ?? null) as Json) : undefined
  const states = await readAll(named === undefined ? [] : [named], asking)
  if (states.length > 0) return states
  const declaring = await plansDeclaring(subject, ground)
  const references = declaring.filter((reference) => kindOf(engine, reference) !== undefined)
  if (references.length > 0) return readAll(references, asking)
  const all = await readWhatCan(everyReference(engine, ground), asking)
  return request.operation === 'DELETE' ? all : all.filter((state) => creates(state, subject))
}

/** What an engine creates where nobody declares it bears no mark. */
function creates({ kind, object, found }: EngineState, { target }: Subject): boolean {
  const answer = target === undefined ? undefined : kind.plans(object, found)
  if (answer?.kind !== 'plans' || target === undefined) return false
  return answer.plans.some(({ plan }) => createdBy(plan, target) !== undefined)
}

async function readAll(
  references: readonly EngineReference[],
  { engine, ground, freshness }: Asking,
): Promise<readonly EngineState[]> {
  const reading = { objects: ground.engineObjects, freshness, signal: ground.signal }
  const states = await Promise.all(
    references.map((reference) => readState(engine, reference, reading)),
  )
  return states.filter((state) => state !== undefined)
}

/** That one of all cannot be read says nothing about the others. */
async function readWhatCan(
  references: readonly EngineReference[],
  asking: Asking,
): Promise<readonly EngineState[]> {
  const states = await Promise.all(
    references.map((reference) =>
      readAll([reference], asking).catch((error: unknown) => {
        if (!(error instanceof GuardError) || error.code !== 'ClusterUnreachable') throw error
        return []
      }),
    ),
  )
  return states.flat()
}

/** What is deleted may be declared no more, and may bear no mark: whoever deletes anything now. */
function everyReference(engine: Engine, { engineObjects }: Ground): readonly EngineReference[] {
  return engine.kinds.flatMap(({ group, kind }) =>
    engineObjects.list({ group, kind }).map((object) => ({
      group,
      kind,
      namespace: stringAt(object, 'metadata', 'namespace') ?? '',
      name: stringAt(object, 'metadata', 'name') ?? '',
    })),
  )
}

async function attest(state: EngineState, asking: Asking): Promise<Evidence> {
  const { subject, ground } = asking
  const evidence = await attestByGit(state, asking)
  const now = claimsIn(evidence)
  const before = evidence.kind === 'refused' ? [] : await attestBefore(state, evidence, asking)
  const claims = [...now, ...before.filter((one) => !now.some((known) => isSameClaim(known, one)))]
  if (claims.length > 0) return { kind: 'claims', claims }
  return endingClaim(state, subject, ground) ?? evidence
}

/** Git must have the say about what it says now, too: else nobody knows what else was done to it. */
async function attestBefore(
  state: EngineState,
  now: Evidence,
  asking: Asking,
): Promise<readonly Claim[]> {
  const { subject, ground, freshness } = asking
  const { operation, dryRun } = subject.request
  if (operation === 'DELETE') return []
  // What a dry-run is judged by need not be what it compares.
  const isOpen = now.kind === 'none' || dryRun
  const own = await earlierStates(state, ground, freshness)
  const ofNeeds = isOpen ? await statesOfEarlierNeeds(state, ground) : []
  if (own.length + ofNeeds.length === 0) return []
  if ((await ungoverned(state, { ground, freshness })) !== undefined) return []
  const claims: Claim[] = []
  for (const one of own) claims.push(...claimsIn(await attestByGit(one, asking)))
  for (const one of ofNeeds) {
    const said = await attestation(one, asking)
    claims.push(...claimsIn(await heldAgainstGit(said, one, asking)))
  }
  return claims
}

function claimsIn(evidence: Evidence): readonly Claim[] {
  return evidence.kind === 'claims' ? evidence.claims : []
}

function isSameClaim(one: Claim, other: Claim): boolean {
  const isOfOneCommit = one.repository === other.repository && one.commit === other.commit
  return isOfOneCommit && one.plan !== undefined && isOfPlan(other, one.plan)
}

function isOfPlan({ plan }: Claim, other: Plan): boolean {
  return plan !== undefined && isSamePlan(plan, other)
}

async function attestByGit(state: EngineState, asking: Asking): Promise<Evidence> {
  const said = await attestation(state, asking)
  return heldAgainstGit(orTip(state, said, asking.subject), state, asking)
}

async function attestation(state: EngineState, { subject, ground }: Asking): Promise<Attestation> {
  const write = subject.request.operation === 'DELETE' ? 'delete' : 'apply'
  const { object, found } = await readable(state, write, ground)
  return state.kind.attest(object, found, write)
}

async function heldAgainstGit(
  attested: Attestation,
  state: EngineState,
  { ground, engine, freshness }: Asking,
): Promise<Evidence> {
  const title = `${state.reference.kind} ${state.reference.namespace}/${state.reference.name}`
  if (attested.kind === 'idle') return { kind: 'none', why: `${title}: ${attested.why}` }
  if (attested.kind === 'refused') {
    return { kind: 'refused', reason: 'EvidenceRefused', why: `${title}: ${attested.why}` }
  }
  const against = await ungoverned(state, { ground, freshness })
  if (against !== undefined) return asRefused(against)
  const claims: Claim[] = []
  for (const applied of attested.applied) {
    const made = await claimsOf(engine, applied, ground)
    if ('why' in made) return asRefused(made)
    const { onlyRecreates, recreates } = attested
    const more = { ...(onlyRecreates && { onlyRecreates }), ...(recreates && { recreates }) }
    claims.push(...made.map((claim) => ({ ...claim, ...more })))
  }
  return { kind: 'claims', claims }
}

/** What is being deleted may outlive what it is read from. */
async function readable(state: EngineState, write: Write, ground: Ground): Promise<EngineState> {
  const isEnding = stringAt(state.object, 'metadata', 'deletionTimestamp') !== undefined
  return write === 'delete' && isEnding ? withFormerNeeds(state, ground) : state
}

/**
 * An engine compares by dry-runs before it applies, and while its object goes: those are judged by what
 * it would apply.
 */
function orTip(state: EngineState, attested: Attestation, { request }: Subject): Attestation {
  if (attested.kind !== 'idle' || !request.dryRun || request.operation === 'DELETE') return attested
  const answer = state.kind.plans(asBefore(state.object), state.found)
  if (answer.kind !== 'plans') return attested
  const applied = answer.plans.map((one): Applied => {
    const { pin, branch } = one.plan
    const revision =
      pin === undefined
        ? ({ kind: 'branch', name: branch } as const)
        : { kind: 'commit' as const, id: pin }
    return { ...one, revision }
  })
  return { kind: 'applies', applied }
}

function asRefused({ reason, why }: Refutation): Evidence {
  return { kind: 'refused', reason, why }
}
