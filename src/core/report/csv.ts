import { visible } from '../html/visible.ts'

export type Field = string | number | boolean | null

export type CsvRow = Readonly<Record<string, Field>>

/** How spreadsheets know a formula; the quote itself, so that what stands before it can be told. */
const dangerous = /^['=+\-@\t\r\n＝＋－＠]/

/**
 * One line of RFC 4180, with its line end. Text that a spreadsheet could run has a `'` before it, and
 * so has text that begins with one; what does not print is `\uXXXX`; yes and no; nothing is empty.
 */
export function csvLine(fields: readonly Field[]): string {
  return `${fields.map(fieldText).join(',')}\r\n`
}

/** The columns of a row, as its header names them. */
export function csvRow(columns: readonly string[], row: CsvRow): string {
  return csvLine(
    columns.map((column) => (Object.hasOwn(row, column) ? (row[column] ?? null) : null)),
  )
}

function fieldText(field: Field): string {
  if (field === null) return ''
  if (typeof field === 'number') return String(field)
  if (typeof field === 'boolean') return field ? 'yes' : 'no'
  return quoted(dangerous.test(field) ? `'${visible(field)}` : visible(field))
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text
}
