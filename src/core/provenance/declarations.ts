import type { Json } from '../manifest/json.ts'
import type { ObjectId } from '../manifest/object-id.ts'

/** An object in the rendered manifests of one commit. */
export interface DeclaredObject {
  readonly id: ObjectId
  readonly apiVersion: string
  /** `metadata.generateName` when the manifest has no name; then `id.name` is empty. */
  readonly generateName: string
  readonly repository: string
  readonly commit: string
  /** Path of the policy source (the plan) and of the file, from the repository's root. */
  readonly source: string
  readonly file: string
  /** First line of the document in the file, from 1. */
  readonly line: number
  /** sha256:… over the canonical JSON: equal digests say the same about the object. */
  readonly digest: string
  readonly object: Json
}

export type Declared =
  | { readonly kind: 'declared'; readonly object: DeclaredObject }
  /** The plans of this commit do not say anything about the object. */
  | { readonly kind: 'absent'; readonly problems: readonly SourceProblem[] }
  /** More than one file of the commit declares it: none of them counts. */
  | { readonly kind: 'duplicate'; readonly places: readonly string[] }
  /** The commit is still being indexed. */
  | { readonly kind: 'pending' }

/** A file that could not be read as Kubernetes would read it; only its own objects are undeclared. */
export interface SourceProblem {
  readonly file: string
  readonly line: number
  readonly message: string
}

/** The index of declared objects: what the plans of one branch of a repository say at a commit. */
export interface Declarations {
  /** Waits for the index job of that commit at most until the signal, then answers `pending`. */
  find(query: DeclarationQuery, signal: AbortSignal): Promise<Declared>
  /** Whether any plan of the commit declares an object inside this namespace, for cascades. */
  inNamespace(
    query: Omit<DeclarationQuery, 'id'> & { readonly namespace: string },
    signal: AbortSignal,
  ): Promise<readonly DeclaredObject[] | 'pending'>
}

export interface DeclarationQuery {
  readonly repository: string
  readonly commit: string
  /** The allowed branches that contain the commit: sources of other branches do not count. */
  readonly branches: readonly string[]
  readonly id: ObjectId
  /**
   * On CREATE, the object's own metadata.generateName. If nothing declares the name, a manifest with
   * that very generateName does, provided the name is still empty or begins with it.
   */
  readonly generateName?: string
}
