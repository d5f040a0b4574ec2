import type { Json, JsonObject } from '../manifest/json.ts'
import type { ObjectId } from '../manifest/object-id.ts'
import type { EngineReference, Plan } from '../plans/plan.ts'

/**
 * A GitOps engine as its objects in the cluster show it. Everything here is pure: who asks reads the
 * objects first (`needs`), and checks afterwards that Git declares them.
 */
export interface Engine {
  readonly name: 'flux' | 'argo-cd'
  readonly kinds: readonly EngineKind[]
  /**
   * The engine object that an object says it is applied by, by its labels or annotations;
   * writer-chosen, so only a key for finding it.
   */
  namedBy(object: Json): EngineReference | undefined
  /** The marks that the engine itself puts on an object of this plan, with their exact values. */
  marks(plan: Plan, id: ObjectId): Marks
}

export interface Marks {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** Finalizers that it adds to hooks, and takes away again. */
  readonly finalizers?: readonly string[]
}

/** One kind of engine object that becomes manifests. */
export interface EngineKind {
  readonly group: string
  readonly kind: string
  /**
   * What else its plan or its commit is read from. Some of it may name more: asked again with what was
   * found, it answers with that too.
   */
  needs(object: JsonObject, found?: Found): readonly Need[]
  /** What it applies when it is idle, as its spec says. */
  plans(object: JsonObject, found: Found): PlansAnswer
  /** What it is applying now. */
  attest(object: JsonObject, found: Found, write: Write): Attestation
  /** Whether its own list of what it has made has the object; absent where it keeps none. */
  lists?(object: JsonObject, id: ObjectId): boolean
  /** Whether its controller may still be at work on what its spec said before; never where absent. */
  isBehind?(object: JsonObject): boolean
  /** Whether it is being deleted, and takes along what its list has. */
  endsWithList?(object: JsonObject): boolean
}

export type Write = 'apply' | 'delete'

/** An object that an engine object refers to. */
export interface Need extends EngineReference {
  /** Whether it changes what is applied: then Git must declare it, as it must the engine object. */
  readonly isGoverned: boolean
  /** The engine goes on without it. */
  readonly isOptional: boolean
}

/** The needed objects that exist, by `referenceKey`. */
export type Found = ReadonlyMap<string, JsonObject>

/**
 * A plan with the repository as the engine names it: a URL, or a name of the policy. Its branch may be
 * a tag, by its own name or in full.
 */
export interface SourcedPlan {
  readonly url: string
  readonly plan: Plan
}

export type PlansAnswer =
  | { readonly kind: 'plans'; readonly plans: readonly SourcedPlan[] }
  /** It is suspended, terminating, for another cluster, or what it needs is missing. */
  | { readonly kind: 'none'; readonly why: string }
  /** It applies something that is not from Git, or in a way that nobody can check. */
  | { readonly kind: 'refused'; readonly why: string }

/** A full commit id, or the branch whose head is meant. */
export type Revision =
  | { readonly kind: 'commit'; readonly id: string }
  | { readonly kind: 'branch'; readonly name: string }
  /** A head of the plan's branch, now or before: the one whose id begins so, any recent one for ''. */
  | { readonly kind: 'head'; readonly digits: string }

export interface Applied extends SourcedPlan {
  readonly revision: Revision
}

export type Attestation =
  | {
      readonly kind: 'applies'
      readonly applied: readonly Applied[]
      /** Of a deletion: it only removes what its declaration asks to delete and create anew. */
      readonly onlyRecreates?: true
      /** Of a deletion: it deletes and creates anew whatever it declares and cannot change in place. */
      readonly recreates?: true
    }
  /** The engine object shows no work that this write could belong to; a copy of it may be behind. */
  | { readonly kind: 'idle'; readonly why: string }
  /** It applies something that is not from Git: EvidenceRefused. */
  | { readonly kind: 'refused'; readonly why: string }

export function referenceKey({ group, kind, namespace, name }: EngineReference): string {
  return `${kind}.${group} ${namespace}/${name}`
}
