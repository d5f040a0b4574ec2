import { isJsonObject, type Json } from '../manifest/json.ts'

/** What is wrong with a value that stands at a place, first thing first. Never shows the value. */
export type Shape = (value: Json, place: string) => string | undefined

type Members = Readonly<Record<string, Shape>>

/** An object with these members; others are refused only if it is closed. */
export function members(
  required: Members,
  optional: Members = {},
  others: 'refused' | 'ignored' = 'refused',
): Shape {
  const known = new Map([...Object.entries(required), ...Object.entries(optional)])
  return (value, place) => {
    if (!isJsonObject(value)) return `${place} must be an object`
    const missing = Object.keys(required).find((key) => !Object.hasOwn(value, key))
    if (missing !== undefined) return `${join(place, missing)} is required`
    for (const [key, member] of Object.entries(value)) {
      const shape = known.get(key)
      if (shape === undefined && others === 'ignored') continue
      const problem =
        shape === undefined
          ? `${place} has a member that is not known; known are ${[...known.keys()].join(', ')}`
          : shape(member, join(place, key))
      if (problem !== undefined) return problem
    }
    return undefined
  }
}

/** Never empty: nothing is not everything. */
export function listOf(item: Shape, most: number): Shape {
  return (value, place) => {
    if (!Array.isArray(value)) return `${place} must be a list`
    if (value.length === 0) return `${place} must not be empty`
    if (value.length > most) return `${place} must have at most ${most} items`
    for (const [i, one] of (value as readonly Json[]).entries()) {
      const problem = item(one, `${place}[${i}]`)
      if (problem !== undefined) return problem
    }
    return undefined
  }
}

export function matching(pattern: RegExp, what: string): Shape {
  return (value, place) =>
    typeof value === 'string' && pattern.test(value) ? undefined : `${place} must be ${what}`
}

export function oneOf(...values: readonly (string | number)[]): Shape {
  return (value, place) =>
    values.some((one) => one === value) ? undefined : `${place} must be ${values.join(' or ')}`
}

export function wholeNumber(lowest: number, highest: number): Shape {
  return (value, place) =>
    Number.isSafeInteger(value) && Number(value) >= lowest && Number(value) <= highest
      ? undefined
      : `${place} must be a whole number from ${lowest} to ${highest}`
}

function join(place: string, key: string): string {
  return place === '' ? key : `${place}.${key}`
}
