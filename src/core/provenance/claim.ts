import type { Writer } from '../policy/schema.ts'

/** Where a request says that it comes from; nothing in it is checked yet. */
export interface Claim {
  readonly provider: Writer['evidence'][number]
  /** Name or URL of a repository, as it was said. */
  readonly repository: string
  readonly commit: string
}

export type Evidence =
  | { readonly kind: 'claim'; readonly claim: Claim }
  /** This provider says nothing; `why` helps whoever expected it to. */
  | { readonly kind: 'none'; readonly why: string }
  /** It says something that refuses the request, whatever other providers say. */
  | {
      readonly kind: 'refused'
      readonly reason: 'EvidenceRefused' | 'EvidenceConflict' | 'CommitMalformed'
      readonly why: string
    }
