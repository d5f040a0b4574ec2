import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../../manifest/json.ts'
import { listAt } from './metadata.ts'

/**
 * Whether a LabelSelector, or the plain map of a ReplicationController, selects the labels. One that
 * is empty or that asks for something unknown selects nothing.
 */
export function selects(selector: Json | undefined, labels: JsonObject): boolean {
  if (!isJsonObject(selector)) return false
  const isSelector = isJsonObject(at(selector, 'matchLabels')) || 'matchExpressions' in selector
  const pairs = isSelector ? at(selector, 'matchLabels') : selector
  const wanted = isJsonObject(pairs) ? Object.entries(pairs) : []
  const expressions = isSelector ? listAt(selector, 'matchExpressions') : []
  return (
    wanted.length + expressions.length > 0 &&
    wanted.every(([key, value]) => at(labels, key) === value) &&
    expressions.every((expression) => meets(expression, labels))
  )
}

function meets(expression: Json, labels: JsonObject): boolean {
  const value = at(labels, stringAt(expression, 'key') ?? '')
  const values = listAt(expression, 'values')
  const isListed = value !== undefined && values.includes(value)
  const operator = stringAt(expression, 'operator')
  if (operator === 'In') return isListed
  if (operator === 'NotIn') return !isListed
  if (operator === 'Exists') return value !== undefined
  return operator === 'DoesNotExist' && value === undefined
}
