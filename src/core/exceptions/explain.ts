import type { ExplainedRow, ExplainQuery } from '../policy/explain.ts'
import { namespaceOf } from '../policy/scope.ts'
import { rowsNaming } from './built-in.ts'
import { isAboutResource } from './candidates.ts'
import type { BuiltInRow } from './row.ts'

/** The built-in rows that bear on an identity and a kind of object, for `policy explain`. */
export function explainBuiltIn(query: ExplainQuery): readonly ExplainedRow[] {
  const namespace = namespaceOf(query)
  return rowsNaming(query.username)
    .filter((row) => isAboutResource(row, query.resource))
    .filter(({ names }) => query.name === '' || (names?.includes(query.name) ?? true))
    .filter(({ namespaces }) => namespaces?.includes(namespace) ?? true)
    .map((row) => ({
      origin: 'built-in' as const,
      name: row.name,
      operations: row.operations,
      fields: row.fields ?? [],
      names: row.names ?? [],
      note: noteOf(row),
    }))
}

function noteOf({ note, condition, subject }: BuiltInRow): string {
  const only = condition === undefined ? '' : `; only where ${condition.says}`
  return `${note}${only}; ${credentials[subject.kind]}`
}

const credentials: Readonly<Record<BuiltInRow['subject']['kind'], string>> = {
  controller: 'with a token of that service account',
  'service-account': 'with a token of that service account',
  component: 'with its certificate',
  node: 'with a credential in the group system:nodes',
  'bootstrap-token': 'with a bootstrap token',
  'api-server': "with the API server's own loopback credential",
}
