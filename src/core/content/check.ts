import { resourceName, type AdmissionRequest } from '../admission/request.ts'
import type { FieldPattern } from '../manifest/field-path.ts'
import { patternsOf } from '../manifest/field-patterns.ts'
import type { JsonObject } from '../manifest/json.ts'
import type { Policy } from '../policy/schema.ts'
import { assignedBy } from './assigned.ts'
import { bookkeepingOf, isBookkeeping, type Marks } from './bookkeeping.ts'
import { compareContent } from './compare.ts'
import { toStoredForm } from './declared-form.ts'
import { dependentDefault, dependentFields } from './dependent-defaults.ts'
import type { Difference } from './difference.ts'
import { keptByServer } from './kept-by-server.ts'
import type { KindSchema } from './kind-schema.ts'

/** A write of a main resource, and what Git declares about its object. */
export interface ContentQuestion {
  readonly request: AdmissionRequest
  readonly declared: JsonObject
  readonly schema: KindSchema
  readonly policy: Policy
  /** What the engine that applies it puts on it by itself. */
  readonly marks?: Marks
}

/** What the write changes that Git does not declare, apart from what the API server's plugins add. */
export function checkContent(question: ContentQuestion): readonly Difference[] {
  const { request, schema, policy } = question
  const kind = kindName(request)
  const next = request.object ?? {}
  const declared = toStoredForm(question.declared, kind)
  const found = compareContent(
    { old: request.oldObject ?? undefined, next, declared },
    {
      position: schema.position,
      declared,
      isIgnored: keptByServer(schema.keepsStatus, kind),
      dependentDefault,
      dependentFields,
      assigned: assignedBy({ kind, next, declared, user: request.user }),
      bookkeeping: bookkeepingOf(question.declared, question.marks),
      tolerations: toleratedFields(policy, request),
    },
  )
  const [notes, fields] = [found.filter(isNote), found.filter((one) => !isNote(one))]
  return [...fields, ...notes]
}

function isNote({ path }: Difference): boolean {
  return isBookkeeping(path)
}

/** `apps/v1 Deployment`. */
export function kindName({ kind: { group, version, kind } }: Pick<AdmissionRequest, 'kind'>) {
  return `${group === '' ? version : `${group}/${version}`} ${kind}`
}

/** Of subresources nothing is compared, so a main resource is named whole. */
export function toleratedFields(
  policy: Policy,
  request: AdmissionRequest,
): readonly FieldPattern[] {
  const resource = resourceName(request)
  return policy.spec.tolerations
    .filter(({ resources: [first, ...others] }) =>
      first === '*' ? true : [first, ...others].includes(resource),
    )
    .flatMap(({ fields }) => patternsOf(fields))
}
