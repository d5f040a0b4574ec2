import { stringAt, type JsonObject } from '../manifest/json.ts'

export function shortList(items: readonly string[], most: number): string {
  const rest = items.length - most
  return rest > 0 ? `${items.slice(0, most).join(', ')} and ${rest} more` : items.join(', ')
}

export function nameOf(object: JsonObject): string {
  return stringAt(object, 'metadata', 'name') ?? ''
}

/** One word of a command line, whatever it is called: names in RBAC may hold almost anything. */
export function word(text: string): string {
  return /^[A-Za-z0-9][\w.:-]*$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}
