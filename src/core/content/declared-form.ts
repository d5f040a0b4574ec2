import { isJsonObject, type Json, type JsonObject } from '../manifest/json.ts'

/** A manifest as the API server would store it, where a kind has fields that are only written. */
export function toStoredForm(declared: JsonObject, kind: string): JsonObject {
  return kind === 'v1 Secret' ? withoutStringData(declared) : declared
}

/** Text for people, which the API server turns into data; it wins over what stands there. */
function withoutStringData(declared: JsonObject): JsonObject {
  const { stringData, ...rest } = declared
  if (!isJsonObject(stringData)) return rest
  const encoded = Object.entries(stringData).map(([key, value]): [string, Json] => [
    key,
    typeof value === 'string' ? Buffer.from(value).toString('base64') : value,
  ])
  const data = Object.assign(Object.create(null) as Record<string, Json>, rest['data'])
  return { ...rest, data: Object.assign(data, fromEntries(encoded)) }
}

function fromEntries(entries: readonly [string, Json][]): JsonObject {
  const map = Object.create(null) as Record<string, Json>
  for (const [key, value] of entries) map[key] = value
  return map
}
