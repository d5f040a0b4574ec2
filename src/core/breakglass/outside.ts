import { resourceName, type AdmissionRequest } from '../admission/request.ts'
import type { FieldPath } from '../manifest/field-path.ts'
import type { ScopeRow } from '../policy/grant-scope-schema.ts'
import { namespaceOf } from '../policy/scope.ts'
import { coverageOf, type GrantScope } from './scope.ts'

type Part = readonly [what: string, take: (row: ScopeRow) => Partial<ScopeRow> | undefined]

/** For a write that no row is about: the first thing of it that none has together with those before. */
export function whatIsOutside(
  scope: GrantScope,
  request: AdmissionRequest,
  changed: readonly FieldPath[],
): string {
  const { operation, namespace, name } = request
  const isChange = operation === 'CREATE' || operation === 'UPDATE'
  if (isChange && changed.length === 0) return 'a write that changes nothing'
  const resource = resourceName(request)
  const place = namespaceOf({ resource, namespace, name })
  const anywhere = place === '' ? [] : ['*']
  const any = { resources: [resource], operations: [operation], namespaces: anywhere }
  const parts: readonly Part[] = [
    [resource, ({ resources }) => ({ resources })],
    [`${operation} of ${resource}`, ({ operations }) => ({ operations })],
    [
      place === '' ? 'what is in no namespace' : `namespace ${place}`,
      ({ namespaces }) => ({ namespaces }),
    ],
    [`the name ${name}`, ({ names }) => names && { names }],
    ['what has no such labels', ({ labels }) => labels && { labels }],
  ]
  let rows = scope.map((row) => ({ row, part: { ...any, fields: ['*'] } as ScopeRow }))
  for (const [what, take] of parts) {
    rows = rows
      .map(({ row, part }) => ({ row, part: { ...part, ...take(row) } }))
      .filter(({ part }) => coverageOf([part], request, changed).kind !== 'other-object')
    if (rows.length === 0) return what
  }
  return resource
}
