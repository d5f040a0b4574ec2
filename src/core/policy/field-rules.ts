import { at, isJsonObject, type Json } from '../manifest/json.ts'
import { didYouMean } from './did-you-mean.ts'
import type { IssuePath } from './issue.ts'
import { items, texts, type Findings } from './written.ts'

/** What is created or updated has fields, what is deleted or connected to has none. */
export function* rowsNameFields(entry: Json, path: IssuePath, list = 'allow'): Findings {
  for (const [i, row] of items(entry, list).entries()) {
    const operations = texts(row, 'operations')
    const changes = operations.filter((one) => one === 'CREATE' || one === 'UPDATE')
    const has = at(row, 'fields') !== undefined
    if (changes.length > 0 && !has && !misspelt(row)) {
      const message = `needs fields for ${changes.join(' and ')}: the ones that may change, or "*"`
      yield { path: [...path, list, i], message }
    }
    if (changes.length === 0 && operations.length > 0 && has) {
      const message = `means nothing for ${operations.join(' and ')}: remove it`
      yield { path: [...path, list, i, 'fields'], message, atKey: true }
    }
  }
}

/** The schema has said more already: `feilds` is an unknown key. */
function misspelt(row: Json): boolean {
  return isJsonObject(row) && Object.keys(row).some((key) => didYouMean(key, ['fields']) !== '')
}
