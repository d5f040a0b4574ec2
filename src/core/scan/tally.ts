import type { Judged } from './judge.ts'
import {
  findingKinds,
  type DeniedBy,
  type DeniedCount,
  type FindingKind,
  type Ignored,
  type ScanSummary,
  type Unknown,
} from './result.ts'

/** What there is to say at the end, counted as it comes. */
export interface Tally {
  add(judged: Judged): void
  /** A whole kind, repository or source. */
  addUnknown(unknown: Omit<Unknown, 'type'>): void
  /** What nobody could tell, each reason once. */
  unknown(): readonly Unknown[]
  counts(): Pick<
    ScanSummary,
    'verdict' | 'objects' | 'asDeclared' | 'findings' | 'ignored' | 'wouldDeny' | 'unknown'
  >
}

/** Reasons that are told apart; the rest are counted together. */
const mostReasons = 100
const others = 'other objects'

const noIgnored: Readonly<Record<Ignored, number>> = {
  'out-of-scope': 0,
  own: 0,
  exception: 0,
  owner: 0,
  derived: 0,
  transient: 0,
  encrypted: 0,
  terminating: 0,
}

export function tally(): Tally {
  let [objects, asDeclared] = [0, 0]
  const findings = new Map<FindingKind, number>()
  const ignored = new Map<Ignored, number>()
  const denied = new Map<string, DeniedCount>()
  const unknown = new Map<string, Unknown>()
  const addUnknown = ({ what, why, objects: more, lacksRight }: Omit<Unknown, 'type'>) => {
    const isKnown = unknown.has(`${what}\n${why}`)
    const told = isKnown || unknown.size < mostReasons ? what : others
    const key = `${told}\n${told === others ? '' : why}`
    const before = unknown.get(key)
    const isLasting = lacksRight === true && (before === undefined || before.lacksRight === true)
    const objects = (before?.objects ?? 0) + more
    const reason = told === others ? 'there are more reasons than are told' : why
    const one = { type: 'unknown', what: told, why: reason, objects } as const
    unknown.set(key, isLasting ? { ...one, lacksRight } : one)
  }
  const deny = (as: DeniedCount['as'], by: DeniedBy | undefined) => {
    if (by === undefined) return
    const key = `${as} ${by.reason}`
    denied.set(key, { ...by, as, count: (denied.get(key)?.count ?? 0) + 1 })
  }
  return {
    add(judged) {
      if (judged.kind === 'finding') {
        const { kind, wouldDeny } = judged.finding
        if (kind !== 'missing') objects += 1
        findings.set(kind, (findings.get(kind) ?? 0) + 1)
        deny('human', wouldDeny.human)
        deny('writer', wouldDeny.writer)
        return
      }
      objects += 1
      if (judged.kind === 'as-declared') asDeclared += 1
      else if (judged.kind === 'unknown')
        addUnknown({ what: 'objects', why: judged.why, objects: 1 })
      else ignored.set(judged.why, (ignored.get(judged.why) ?? 0) + 1)
    },
    addUnknown,
    unknown: () => [...unknown.values()],
    counts: () => ({
      verdict: verdictOf(findings.size > 0, unknown.size > 0),
      objects,
      asDeclared,
      findings: countsOf(findings),
      ignored: { ...noIgnored, ...Object.fromEntries(ignored) },
      wouldDeny: [...denied.values()].toSorted((one, other) => other.count - one.count),
      unknown: unknown.size,
    }),
  }
}

function verdictOf(hasFindings: boolean, hasUnknown: boolean): ScanSummary['verdict'] {
  if (hasFindings) return 'drift'
  return hasUnknown ? 'unknown' : 'clean'
}

function countsOf(found: ReadonlyMap<FindingKind, number>): Readonly<Record<FindingKind, number>> {
  return Object.fromEntries(findingKinds.map((kind) => [kind, found.get(kind) ?? 0])) as Record<
    FindingKind,
    number
  >
}
