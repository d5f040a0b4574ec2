import { resourceName, type AdmissionRequest } from '../admission/request.ts'
import { proxiedName } from '../admission/proxied-name.ts'
import { covers, keyAt, type FieldPath } from '../manifest/field-path.ts'
import { patternsOf } from '../manifest/field-patterns.ts'
import { at, isJsonObject, stringAt } from '../manifest/json.ts'
import type { ScopeRow } from '../policy/grant-scope-schema.ts'
import { namespaceOf } from '../policy/scope.ts'
import { isKept, matchesText } from './pattern-meet.ts'

/** A write is covered by the rows together: each changed field by one of them. */
export type GrantScope = readonly ScopeRow[]

export type Coverage =
  | { readonly kind: 'covered' }
  /** No row is about this resource, operation and object. */
  | { readonly kind: 'other-object' }
  /** Some are, and these fields are in none. */
  | { readonly kind: 'other-fields'; readonly paths: readonly FieldPath[] }

/**
 * Whether the scope covers the write. `changed`: see changedFields. A CREATE or UPDATE that changes
 * nothing is about no object.
 */
export function coverageOf(
  scope: GrantScope,
  request: AdmissionRequest,
  changed: readonly FieldPath[],
): Coverage {
  const rows = scope.filter((row) => isAbout(row, request))
  const changes = request.operation === 'CREATE' || request.operation === 'UPDATE'
  if (rows.length === 0 || (changes && changed.length === 0)) return { kind: 'other-object' }
  if (!changes) return { kind: 'covered' }
  const paths = changed.filter((path) => !rows.some((row) => coversField(row, path)))
  return paths.length === 0 ? { kind: 'covered' } : { kind: 'other-fields', paths }
}

function isAbout(row: ScopeRow, request: AdmissionRequest): boolean {
  const { namespace, name, operation } = request
  const resource = resourceName(request)
  return (
    row.operations.includes(operation) &&
    (row.resources.includes(resource) || row.resources.includes('*')) &&
    isPlace(row.namespaces, resource, namespaceOf({ resource, namespace, name })) &&
    (row.names?.some((pattern) => isNamed(request, pattern)) ?? true) &&
    (row.labels?.every((label) => hasLabel(request, label)) ?? true)
  )
}

/** What is proxied comes with a scheme and a port, which whoever asks chooses. */
function isNamed({ name, subresource }: AdmissionRequest, pattern: string): boolean {
  if (name === '') return false
  if (subresource !== 'proxy') return matchesText(pattern, name)
  return pattern === name || matchesText(pattern, proxiedName(name))
}

/** A Namespace belongs to itself, and to no place while the API server has not named it yet. */
function isPlace(namespaces: readonly string[], resource: string, namespace: string): boolean {
  if (namespace !== '') return namespaces.some((pattern) => matchesText(pattern, namespace))
  return namespaces.length === 0 && resource.split('/')[0] !== 'namespaces'
}

/**
 * Of the object as it is, or as it becomes on CREATE. The body of other requests is not the object:
 * whoever sends it chooses its labels.
 */
function hasLabel(request: AdmissionRequest, label: string): boolean {
  const { operation, object, oldObject, subresource } = request
  const isOther = operation === 'CONNECT' || (operation === 'CREATE' && subresource !== '')
  const labels = at((operation === 'CREATE' ? object : oldObject) ?? null, 'metadata', 'labels')
  if (isOther || !isJsonObject(labels)) return false
  const split = label.indexOf('=')
  return stringAt(labels, label.slice(0, split)) === label.slice(split + 1)
}

function coversField({ fields = [] }: ScopeRow, path: FieldPath): boolean {
  const [first, second] = [keyAt(path, 0), keyAt(path, 1)]
  const needsName =
    first === 'metadata' && (second === 'ownerReferences' || second === 'finalizers')
  return patternsOf(fields).some(
    (pattern) => covers(pattern, path) && (!needsName || isKept(pattern)),
  )
}
