import type { EngineReference, Plan } from '../plans/plan.ts'
import type { Writer } from '../policy/schema.ts'
import type { DeclarationQuery } from './declarations.ts'
import type { RefutingReason } from './proof.ts'

/** Where a request says that it comes from; nothing in it is checked yet. */
export interface Claim {
  readonly provider: Writer['evidence'][number]
  /** Name or URL of a repository, as it was said. */
  readonly repository: string
  readonly commit: string
  /** Of an engine: the plan by which it applies. What other plans declare is not its to write. */
  readonly plan?: Plan
  /** Of a deletion, in place of the plan: the engine object that is being deleted, and lists it. */
  readonly ending?: EngineReference
  /** Of a deletion: it only removes what its declaration asks to delete and create anew. */
  readonly onlyRecreates?: true
  /** Of a deletion: it deletes and creates anew what its plan declares, whether that asks for it or not. */
  readonly recreates?: true
}

/** The plan of a claim where it is asked what is declared: only its own repository has it. */
export function planIn(
  { repository, branches }: Pick<DeclarationQuery, 'repository' | 'branches'>,
  claim: Claim | undefined,
): Pick<DeclarationQuery, 'plan'> {
  const { plan } = claim ?? {}
  const isThere = plan !== undefined && branches.includes(plan.branch)
  return isThere && claim?.repository === repository ? { plan } : {}
}

export type Evidence =
  /** Any of several: an engine object may apply more than one plan. */
  | { readonly kind: 'claims'; readonly claims: readonly Claim[] }
  /** This provider says nothing; `why` helps whoever expected it to. */
  | { readonly kind: 'none'; readonly why: string }
  /** It says something that refuses the request, whatever other providers say. */
  | {
      readonly kind: 'refused'
      readonly reason: RefutingReason
      readonly why: string
    }
