/** What the local mirror knows about an object id. */
export type CommitStatus =
  /** Not in the mirror; one `refresh` may bring it. */
  | { readonly kind: 'unknown' }
  /** Exists, but is a tag, tree or blob. */
  | { readonly kind: 'not-a-commit'; readonly type: string }
  /** A commit that no allowed branch contains. */
  | { readonly kind: 'unreachable' }
  /** Ancestor of, or equal to, the head of these allowed branches (policy order, at least one). */
  | { readonly kind: 'reachable'; readonly branches: readonly string[] }

/** What a repository says about the name of a tag. */
export type TagStatus =
  /**
   * Full id of what it stands for: a commit, unless `commit` of the repository says otherwise. `object`
   * is that of an annotated tag itself.
   */
  | { readonly kind: 'found'; readonly commit: string; readonly object?: string }
  /** A branch is called the same. */
  | { readonly kind: 'ambiguous' }
  | { readonly kind: 'absent' }
  /** The remote was not asked since the start. */
  | { readonly kind: 'unasked' }

export interface Tip {
  readonly branch: string
  readonly commit: string
}

/** A commit that was the head of a branch, as far as the mirror can tell. */
export interface PreviousTip {
  readonly commit: string
  /** Epoch ms of the fetch that showed another head. */
  readonly until: number
}

/** What `until` contains and `since` does not; full object ids. */
export interface CommitRange {
  readonly since: string
  readonly until: string
  /** Epoch ms: commits that say that they were made before are left out. */
  readonly madeFrom?: number
}

/**
 * One repository of the policy as its local bare mirror knows it. Nothing here opens a connection
 * but `refresh`, and that is single-flight and rate-limited.
 */
export interface Repository {
  readonly name: string
  /** `oid` is a full lower-case object id. Answers from memory wherever it can. */
  commit(oid: string): Promise<CommitStatus>
  /** Heads of the allowed branches that exist, in policy order. */
  tips(): readonly Tip[]
  /**
   * By its own name, or in full (`refs/tags/v1`), where no branch of that name is meant. As the remote
   * had it when the present heads were fetched. Nothing is fetched for a tag: what it stands for may
   * be unknown here.
   */
  tag(name: string): TagStatus
  /**
   * The last moment (epoch ms) at which the mirror's own reflog shows `oid` as head of `branch`;
   * undefined if never, Infinity for the present head. First-parent commits that arrived in one
   * fetch count as heads until that fetch: somebody else may have seen each of them as head.
   */
  tipUntil(branch: string, oid: string): number | undefined
  /** What `tipUntil` knows without the present head, newest first, at most 50. After a fresh clone nothing is known. */
  previousTips(branch: string): readonly PreviousTip[]
  /**
   * Values of a trailer in the messages of these commits, newest first; none where a commit is unknown.
   * Runs git: for what is asked rarely.
   */
  trailers(key: string, range: CommitRange): Promise<readonly string[]>
  /**
   * The commits before one, by first parents, newest first. Runs git, as `trailers`. Absent where there
   * is no history to ask for.
   */
  firstParents?(commit: string, most: number): Promise<readonly string[]>
  /** Epoch ms of the last fetch that succeeded, undefined before the first. */
  fetchedAt(): number | undefined
  /**
   * Waits for a background fetch that starts after this call, at most until the signal; all who ask
   * before it starts share it. Never rejects. Ends at once while the remote is down: see `problem`.
   */
  refresh(signal: AbortSignal): Promise<void>
  /** Why the mirror cannot be used, or why the last fetch failed; for people, without secrets. */
  problem(): string | undefined
}

export type Repositories = ReadonlyMap<string, Repository>

/** A file of a commit. `mode` is git's: 100644, 100755; links and submodules are not files. */
export interface TreeFile {
  readonly path: string
  readonly oid: string
  readonly mode: string
  readonly size: number
}

/** Trees and blobs of one repository, for whoever renders them. */
export interface Trees {
  /** All entries below `path` ('' is the root) of a commit, sorted by path; links and submodules included, told by mode. */
  list(commit: string, path: string): Promise<readonly TreeFile[]>
  /** Object id of the tree (or blob) at `path`, undefined if there is none. */
  treeAt(commit: string, path: string): Promise<string | undefined>
  /** The bytes of a blob; refuses with GitOutputTooLarge over `limit` bytes. */
  blob(oid: string, limit: number): Promise<Uint8Array>
}
