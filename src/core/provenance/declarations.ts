import { at, stringAt, type Json } from '../manifest/json.ts'
import type { ObjectId } from '../manifest/object-id.ts'
import type { Plan } from '../plans/plan.ts'

/** An object in the rendered manifests of one commit. */
export interface DeclaredObject {
  readonly id: ObjectId
  readonly apiVersion: string
  /** `metadata.generateName` when the manifest has no name; then `id.name` is empty. */
  readonly generateName: string
  readonly repository: string
  readonly commit: string
  /** The branch of the plans: its head is the tip for this object. */
  readonly branch: string
  /** All plans of that branch that declare this very object. */
  readonly plans: readonly Plan[]
  /** Name of the first of them, for messages. */
  readonly source: string
  /** From the root of the repository. */
  readonly file: string
  /** First line of the document in the file, from 1. */
  readonly line: number
  /** sha256:… over the canonical JSON: equal digests say the same about the object. */
  readonly digest: string
  /** The engine decrypts before it applies: what is applied stands nowhere. Absent if it does not. */
  readonly isEncrypted?: true
  /** Nothing declares it: the engine of its plan creates it all the same. */
  readonly isCreated?: true
  readonly object: Json
}

export type Declared =
  | { readonly kind: 'declared'; readonly object: DeclaredObject }
  /** The plans of this commit do not say anything about the object. */
  | { readonly kind: 'absent'; readonly problems: readonly SourceProblem[] }
  /** Two files of a plan declare it, or two plans in different ways: none of them counts. */
  | { readonly kind: 'duplicate'; readonly places: readonly string[] }
  /** The commit is still being indexed. */
  | { readonly kind: 'pending' }

/** A file that could not be read as Kubernetes would read it; only its own objects are undeclared. */
export interface SourceProblem {
  readonly file: string
  readonly line: number
  readonly message: string
  /** What stands in the file as a name, if it could be told: objects that it may be meant to declare. */
  readonly names?: readonly string[]
  /**
   * `anything`: a whole source could not be read, and whatever it renders may be meant to declare anything.
   * `nothing`: its folder is gone, so that it surely declares nothing.
   */
  readonly hides?: 'anything' | 'nothing'
}

/** The index of declared objects: what the plans of one branch of a repository say at a commit. */
export interface Declarations {
  /** Waits for the index job of that commit at most until the signal, then answers `pending`. */
  find(query: DeclarationQuery, signal: AbortSignal): Promise<Declared>
  /** What the plans of the commit declare that would go with a deletion. */
  within(query: CascadeQuery, signal: AbortSignal): Promise<readonly DeclaredObject[] | 'pending'>
}

/** With a Namespace goes what is in it, with a definition every instance, with an owner what it owns. */
export type Cascade =
  | { readonly namespace: string }
  | { readonly group: string; readonly kind: string }
  /** Its uid: the garbage collector goes by nothing else. */
  | { readonly owner: string }

export interface CascadeQuery extends Pick<
  DeclarationQuery,
  'repository' | 'commit' | 'branches' | 'plan'
> {
  readonly cascade: Cascade
}

interface Dependent {
  readonly id: ObjectId
  readonly owners: readonly string[]
}

export function goesWith({ id, owners }: Dependent, cascade: Cascade): boolean {
  if ('owner' in cascade) return owners.includes(cascade.owner)
  if ('namespace' in cascade) return id.namespace === cascade.namespace
  return id.group === cascade.group && id.kind === cascade.kind
}

/** The uids in metadata.ownerReferences. */
export function ownersOf(object: Json): readonly string[] {
  const references = at(object, 'metadata', 'ownerReferences')
  if (!Array.isArray(references)) return []
  return (references as readonly Json[]).flatMap((one) => stringAt(one, 'uid') ?? [])
}

export interface DeclarationQuery {
  readonly repository: string
  readonly commit: string
  /** The allowed branches that contain the commit: plans of other branches do not count. */
  readonly branches: readonly string[]
  /**
   * A plan that the caller knows to count. It may not be in force yet; then it takes the place of those
   * in force that come from the same engine object. Whatever commit is asked, a pinned plan is read at
   * its pin: what holds now is asked for with the head of its branch.
   */
  readonly plan?: Plan
  readonly id: ObjectId
  /**
   * The object's own metadata.generateName. If nothing declares the name, a manifest with that very
   * generateName does, provided the name is still empty or made from it.
   */
  readonly generateName?: string
}
