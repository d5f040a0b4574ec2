/** A branch or tag of a repository, or the object that a tag stands for (`refs/tags/v1^{}`). */
export interface Ref {
  /** Of whatever it points to. */
  readonly oid: string
  /** In full. */
  readonly name: string
}

/** The output of `git ls-remote` and of `git show-ref --dereference`. */
export function readRefs(output: Buffer): readonly Ref[] {
  const refs: Ref[] = []
  for (const line of output.toString('utf8').split('\n')) {
    const [, oid, name] = /^([0-9a-f]{40}|[0-9a-f]{64})[\t ](.+)$/.exec(line) ?? []
    if (oid !== undefined && name !== undefined) refs.push({ oid, name })
  }
  return refs
}

/** What stands behind `prefix`; undefined for other names. */
export function nameBelow(prefix: string, name: string): string | undefined {
  return name.startsWith(prefix) ? name.slice(prefix.length) : undefined
}
