import type { DenyReason } from '../decision/reasons.ts'

/** What is asked of a claim, in the order in which core/provenance/verify.ts asks it. */
const says = {
  repository: 'the repository is one that the writer may apply',
  known: 'the mirror has the commit',
  merged: 'a branch that counts contains it',
  fresh: 'the mirror is fresh enough to prove anything',
  declared: 'the commit declares the object',
  newest: 'no newer commit says something else about the object',
  version: 'the object is written in the version that Git declares',
  content: 'every field that the write changes is explained',
} as const

type Check = keyof typeof says

interface Outcome {
  readonly failed: Check
  /** What surely held: some reasons come early and late. */
  readonly passed: readonly Check[]
}

const proven: readonly Check[] = ['repository', 'known', 'merged', 'fresh']

const outcomes: Readonly<Partial<Record<DenyReason, Outcome>>> = {
  RepositoryNotAllowed: { failed: 'repository', passed: [] },
  CommitMalformed: { failed: 'known', passed: ['repository'] },
  CommitUnknown: { failed: 'known', passed: ['repository'] },
  CommitNotOnBranch: { failed: 'merged', passed: ['repository', 'known'] },
  MirrorStale: { failed: 'fresh', passed: [] },
  NotDeclared: { failed: 'declared', passed: proven },
  CommitSuperseded: { failed: 'newest', passed: ['repository'] },
  VersionMismatch: { failed: 'version', passed: [...proven, 'declared', 'newest'] },
  ContentMismatch: { failed: 'content', passed: [...proven, 'declared', 'newest'] },
}

const known: ReadonlyMap<string, Outcome> = new Map(Object.entries(outcomes))

/** In words; undefined for a reason that is no check of a claim. */
export function checksOf(
  reason: string,
): { readonly failed: string; readonly passed: readonly string[] } | undefined {
  const outcome = known.get(reason)
  if (outcome === undefined) return undefined
  return { failed: says[outcome.failed], passed: outcome.passed.map((check) => says[check]) }
}
