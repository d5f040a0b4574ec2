import type { Difference } from '../content/difference.ts'
import { covers, formatFieldPath } from '../manifest/field-path.ts'
import { patternsOf } from '../manifest/field-patterns.ts'
import { at } from '../manifest/json.ts'
import { isAnother, isAsBefore, isAsWritten, isFinal, isMadeBy } from './confirmation.ts'
import { digestAt, valuesOf } from './field-values.ts'
import { isEnding, type FoundTarget, type LiveTarget } from './live-target.ts'
import { momentText } from './moment.ts'
import {
  comparisonOf,
  isLater,
  isSamePlace,
  isSameTarget,
  mayBeLater,
  type Resolution,
  type ResolutionKind,
  type TrackedUse,
} from './tracked-use.ts'

/** What Git says of the object of a use, by the heads of the branches that count. */
export type GitSays =
  | { readonly kind: 'unknown'; readonly why: string }
  /** It does not declare the object. */
  | ({ readonly kind: 'undeclared' } & Head)
  /**
   * In what the live object is not as declared; undefined where there is none, or where the two cannot be
   * compared.
   */
  | ({ readonly kind: 'declared'; readonly differences: readonly Difference[] | undefined } & Head)

export interface Head {
  readonly repository: string
  readonly commit: string
}

export interface Resolving {
  readonly live: LiveTarget
  readonly git: GitSays
  /** Of all grants. */
  readonly others: readonly TrackedUse[]
  /** The head at which Git says that this use is to be let be. */
  readonly waiver: Head | undefined
  /** Epoch ms. */
  readonly now: number
}

export type Outcome =
  | { readonly kind: 'resolved'; readonly resolution: Resolution }
  /** Why it is open, for people. */
  | { readonly kind: 'open'; readonly why: string }

/**
 * What has become of a use. It is only resolved where the live object and Git agree about all that it
 * wrote; where Git says nothing about a field, where nothing of the use is left there.
 */
export function resolve(use: TrackedUse, resolving: Resolving): Outcome {
  const { waiver, now, live, git } = resolving
  if (use.state === 'NotCommitted' && isFinal(use, now)) {
    return resolved('NotCommitted', { repository: '', commit: '' }, now)
  }
  if (waiver !== undefined) return resolved('Waived', waiver, now)
  const comparison = comparisonOf(use)
  if (comparison === 'nothing') return open('a review has to judge it')
  if (use.state !== 'Committed') return open('nobody knows yet whether it was stored')
  if (live.kind === 'unreadable') return open(live.why)
  if (git.kind === 'unknown') return open(git.why)
  return comparison === 'removal'
    ? ofRemoval(use, live, { git, now })
    : ofWrite(use, live, { ...resolving, git })
}

type Known = Exclude<GitSays, { readonly kind: 'unknown' }>

function ofRemoval(
  use: TrackedUse,
  live: Exclude<LiveTarget, { readonly kind: 'unreadable' }>,
  { git, now }: { readonly git: Known; readonly now: number },
): Outcome {
  const isGone = live.kind === 'absent' || isAnother(use, live)
  if (!isGone) return open('it is not gone yet')
  if (git.kind === 'undeclared') return resolved('Deleted', git, now)
  if (live.kind === 'absent' || isEnding(live)) return open(`${nameOf(git)} declares it`)
  return git.differences?.length === 0
    ? resolved('Reverted', git, now)
    : open(`it is not as ${nameOf(git)} declares it${pathsIn(git.differences)}`)
}

interface Asked extends Omit<Resolving, 'git' | 'live' | 'waiver'> {
  readonly git: Known
}

function ofWrite(
  use: TrackedUse,
  live: Exclude<LiveTarget, { readonly kind: 'unreadable' }>,
  asked: Asked,
): Outcome {
  const { git, now } = asked
  if (live.kind === 'absent' || isOther(use, live)) {
    if (git.kind === 'undeclared') return resolved('Deleted', git, now)
    if (live.kind === 'absent') return open(`it is gone, and ${nameOf(git)} declares it`)
  }
  const { said, silent } = splitDifferences(use, git)
  if (said === undefined)
    return open(`it cannot be compared with ${nameOf(git)}: the versions differ`)
  if (said.length > 0) return open(`it is not as ${nameOf(git)} declares it${pathsIn(said)}`)
  const kind = silent ? whereGitIsSilent(use, live, asked) : whereGitAgrees(use, live)
  return kind === undefined
    ? open(`${nameOf(git)} does not declare what it wrote`)
    : resolved(kind, git, now)
}

/** The object of the use is gone, and another one has its name. */
function isOther(use: TrackedUse, live: FoundTarget): boolean {
  return comparisonOf(use) === 'creation' ? !isMadeBy(use, live) : isAnother(use, live)
}

function whereGitAgrees(use: TrackedUse, live: FoundTarget): ResolutionKind {
  if (isAsWritten(use, live) || isAsMade(use, live)) return 'Promoted'
  return isAsBefore(use, live) ? 'Reverted' : 'Superseded'
}

/** Controllers write notes on new objects; nobody has changed what it is to be. */
function isAsMade(use: TrackedUse, live: FoundTarget): boolean {
  const isNew = comparisonOf(use) === 'creation' && isMadeBy(use, live)
  return isNew && at(live.whole, 'metadata', 'generation') === 1
}

/**
 * Then all that counts is that nothing of any use is left: what stood there before the first of them, or
 * what somebody has put there since who needs none. A value that a use wrote is only what it found if an
 * earlier one has left it, and that one is open as long.
 */
function whereGitIsSilent(
  use: TrackedUse,
  live: FoundTarget,
  { others }: Asked,
): ResolutionKind | undefined {
  if (comparisonOf(use) === 'creation') return undefined
  const now = digestAt(live.seen, use.paths)
  if (isAsBefore(use, live)) return 'Reverted'
  const isBack = ({ pre }: TrackedUse) => pre !== undefined && pre === now
  if (others.some((other) => isSamePlace(other, use) && isLater(use, other) && isBack(other))) {
    return 'Reverted'
  }
  if (isAsWritten(use, live) || !isOneValue(use, live)) return undefined
  const isPending = (other: TrackedUse) => isSameTarget(other, use) && !other.isResolved
  return others.some((other) => mayBeLater(other, use) && isPending(other))
    ? undefined
    : 'Superseded'
}

/** One digest over several values does not tell which of them is another one by now. */
function isOneValue({ paths }: TrackedUse, { seen }: FoundTarget): boolean {
  const [path = '*', ...more] = paths
  if (path === '*' || path.includes('[*]') || more.length > 0) return false
  const values = valuesOf(seen, path)
  return values.length <= 1 && values.every((value) => typeof value !== 'object')
}

interface Split {
  /** Undefined where nothing can be said. */
  readonly said: readonly Difference[] | undefined
  /** Whether Git says nothing of something that the use has written. */
  readonly silent: boolean
}

function splitDifferences({ target, paths }: TrackedUse, git: Known): Split {
  // Nobody declares what controllers report.
  if (git.kind === 'undeclared' || target.subresource === 'status')
    return { said: [], silent: true }
  if (git.differences === undefined) return { said: undefined, silent: false }
  const patterns = patternsOf(paths)
  const own = git.differences.filter(({ path }) =>
    patterns.some((pattern) => covers(pattern.slice(0, path.length), path)),
  )
  const said = own.filter(({ kind }) => kind !== 'added')
  return { said, silent: said.length < own.length }
}

const mostShown = 3

function pathsIn(differences: readonly Difference[] = []): string {
  const paths = new Set(differences.map(({ path }) => formatFieldPath(path)))
  const shown = [...paths].slice(0, mostShown).join(', ')
  const more = paths.size > mostShown ? ` and ${paths.size - mostShown} more` : ''
  return shown === '' ? '' : `: ${shown}${more}`
}

function nameOf({ repository, commit }: Head): string {
  return `${repository}@${commit.slice(0, 12)}`
}

function resolved(kind: ResolutionKind, head: Head, now: number): Outcome {
  const { repository, commit } = head
  return { kind: 'resolved', resolution: { kind, repository, commit, at: momentText(now) } }
}

function open(why: string): Outcome {
  return { kind: 'open', why }
}
