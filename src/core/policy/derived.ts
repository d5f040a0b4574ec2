import { resourceName, type AdmissionRequest } from '../admission/request.ts'
import { provesAccount } from '../identity/classify.ts'
import { stringAt, type JsonObject } from '../manifest/json.ts'
import type { DerivedRow } from './entries.ts'
import { derivedRowCovers } from './explain.ts'
import { parentReference, sameReference, type ParentReference } from './parent-reference.ts'
import type { DerivedEntry, Policy } from './schema.ts'
import type { ScopeTarget } from './scope.ts'

/** A row that allows the write if its parent is as Git declares it, and the fields are covered. */
export interface DerivedCandidate {
  /** Of the entry of the policy, for records and messages. */
  readonly name: string
  /** Empty for DELETE. */
  readonly fields: readonly string[]
  readonly parent: ParentReference
}

/**
 * The rows about this identity, resource, operation and object that can tell which parent it is made
 * for: by the new object, by the old one on DELETE, and on UPDATE by both alike, or an operator
 * could take over any object by marking it.
 */
export function derivedRowsFor(
  policy: Policy,
  request: AdmissionRequest,
): readonly DerivedCandidate[] {
  const { namespace, name, operation } = request
  const target = { resource: resourceName(request), namespace, name }
  return policy.spec.derived
    .filter(({ subject }) => provesAccount(policy, subject, request.user))
    .flatMap((entry) => {
      const rows = entry.allow.filter(
        (row) => includes(row, operation) && derivedRowCovers(row, target),
      )
      const parent = rows.length === 0 ? undefined : parentOf(entry, request)
      if (parent === undefined) return []
      return rows.map(({ fields = [] }) => ({ name: entry.name, fields, parent }))
    })
}

/**
 * The parents that a live object of this resource may have been made for, whoever makes such: for a
 * parent that Git does not declare because it is derived itself.
 */
export function parentsOf(
  policy: Policy,
  resource: string,
  object: JsonObject,
): readonly ParentReference[] {
  const namespace = stringAt(object, 'metadata', 'namespace') ?? ''
  const target = { resource, namespace, name: stringAt(object, 'metadata', 'name') ?? '' }
  return policy.spec.derived
    .filter(({ allow }) => allow.some((row) => makes(row, target)))
    .flatMap(({ parent }) => parentReference(parent, object) ?? [])
}

function makes(row: DerivedRow, target: ScopeTarget): boolean {
  return row.operations.includes('CREATE') && derivedRowCovers(row, target)
}

function includes({ operations }: DerivedRow, operation: AdmissionRequest['operation']): boolean {
  return operation !== 'CONNECT' && operations.includes(operation)
}

function parentOf(
  { parent }: DerivedEntry,
  { operation, object, oldObject }: AdmissionRequest,
): ParentReference | undefined {
  const ofNew = object === null ? undefined : parentReference(parent, object)
  const ofOld = oldObject === null ? undefined : parentReference(parent, oldObject)
  if (operation === 'CREATE') return ofNew
  if (operation === 'DELETE') return ofOld
  return ofNew !== undefined && ofOld !== undefined && sameReference(ofNew, ofOld)
    ? ofNew
    : undefined
}
