import type { Policy } from './schema.ts'
import type { SuggestedRow } from './suggest.ts'

/** Exceptions to paste under `spec`, the most frequent identity first; empty without rows. */
export function suggestedYaml(rows: readonly SuggestedRow[], policy: Policy): string {
  if (rows.length === 0) return ''
  const taken = new Set(policy.spec.exceptions.map(({ name }) => name))
  const byAccount = Object.groupBy(rows, ({ serviceAccount }) => serviceAccount)
  const parts = Object.entries(byAccount).map(([account, own = []]) =>
    toException(account, own, freeName(account, taken)),
  )
  return ['exceptions:', ...parts, ''].join('\n')
}

function toException(account: string, rows: readonly SuggestedRow[], name: string): string {
  const total = rows.reduce((sum, { count }) => sum + count, 0)
  return [
    `- name: ${name} # ${times(total)}`,
    `  subject: {serviceAccount: ${JSON.stringify(account)}}`,
    '  allow:',
    ...rows.flatMap(toRow),
    '  reason: "suggested from records: say why"',
  ].join('\n')
}

function toRow(row: SuggestedRow): string[] {
  const fields = row.fields.length === 0 ? [] : [`fields: ${flow(row.fields)}`]
  const parts = [
    `resources: ${flow([row.resource])}`,
    `operations: [${row.operation}]`,
    ...fields,
    `namespaces: ${flow(row.namespaces)}`,
  ]
  const cut = '  # records name 20 fields at most, so only their roots are listed: narrow them'
  return [...(row.isCut ? [cut] : []), `  - {${parts.join(', ')}} # ${times(row.count)}`]
}

/** JSON strings are YAML strings: nothing in a record can break out of one. */
function flow(texts: readonly string[]): string {
  return `[${texts.map((text) => JSON.stringify(text)).join(', ')}]`
}

function times(count: number): string {
  return count === 1 ? '1 denial' : `${count} denials`
}

function freeName(account: string, taken: Set<string>): string {
  const base = account
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 56)
    .replace(/-+$/, '')
  let name = base
  for (let n = 2; taken.has(name); n += 1) name = `${base}-${n}`
  taken.add(name)
  return name
}
