import { isJsonObject, type Json } from '../../manifest/json.ts'
import type { Expression } from './condition-syntax.ts'

/**
 * What nobody can tell from an audit event, and what the API server would call an error: neither
 * ever leaves a write out.
 */
export const unknown = Symbol('unknown')
type Value = Json | typeof unknown
export type Variables = Readonly<Record<string, Json>>

/** A variable that is not given is unknown. */
export function evaluate(expression: Expression, variables: Variables): Value {
  if (isCompound(expression)) return compound(expression, variables)
  switch (expression.kind) {
    case 'text':
      return expression.value
    case 'list':
      return listOf(expression.items.map((item) => evaluate(item, variables)))
    case 'name':
      return fieldOf(variables, expression.name)
    case 'field':
      return fieldOf(evaluate(expression.of, variables), expression.name)
    case 'index':
      return fieldOf(evaluate(expression.of, variables), evaluate(expression.key, variables))
    case 'not':
      return negated(evaluate(expression.of, variables))
    case 'has':
      return has(evaluate(expression.field.of, variables), expression.field.name)
  }
}

type Compound = Extract<Expression, { kind: 'binary' | 'choice' | 'exists' | 'startsWith' }>

function isCompound(expression: Expression): expression is Compound {
  return ['binary', 'choice', 'exists', 'startsWith'].includes(expression.kind)
}

function compound(expression: Compound, variables: Variables): Value {
  if (expression.kind === 'binary') return binary(expression, variables)
  if (expression.kind === 'exists') return exists(expression, variables)
  if (expression.kind === 'choice') {
    const test = evaluate(expression.test, variables)
    if (typeof test !== 'boolean') return unknown
    return evaluate(test ? expression.yes : expression.no, variables)
  }
  const [text, prefix] = [expression.of, expression.prefix].map((one) => evaluate(one, variables))
  return typeof text === 'string' && typeof prefix === 'string' ? text.startsWith(prefix) : unknown
}

function binary(
  { operator, left, right }: Extract<Expression, { kind: 'binary' }>,
  variables: Variables,
): Value {
  const [a, b] = [evaluate(left, variables), evaluate(right, variables)] as const
  switch (operator) {
    case '&&':
      return decidedBy(false, [a, b])
    case '||':
      return decidedBy(true, [a, b])
    case '==':
      return equal(a, b)
    case '!=':
      return negated(equal(a, b))
    case '+':
      return typeof a === 'string' && typeof b === 'string' ? a + b : unknown
    case 'in':
      return isIn(a, b)
  }
}

/** One such operand is enough, whatever is wrong with the others. */
function decidedBy(enough: boolean, operands: readonly Value[]): Value {
  if (operands.includes(enough)) return enough
  return operands.every((operand) => operand === !enough) ? !enough : unknown
}

function exists(
  { of, item, test }: Extract<Expression, { kind: 'exists' }>,
  variables: Variables,
): Value {
  const list = evaluate(of, variables)
  if (!Array.isArray(list)) return unknown
  const items = list as readonly Json[]
  return decidedBy(
    true,
    items.length === 0
      ? [false]
      : items.map((one) => evaluate(test, { ...variables, [item]: one })),
  )
}

function equal(a: Value, b: Value): Value {
  const areTexts = typeof a === 'string' && typeof b === 'string'
  return areTexts || (typeof a === 'boolean' && typeof b === 'boolean') ? a === b : unknown
}

function isIn(value: Value, among: Value): Value {
  if (typeof value !== 'string' || among === unknown) return unknown
  if (Array.isArray(among)) return (among as readonly Json[]).includes(value)
  return isJsonObject(among) ? Object.hasOwn(among, value) : unknown
}

function has(value: Value, name: string): Value {
  return isJsonObject(value) ? Object.hasOwn(value, name) : unknown
}

function fieldOf(value: Value, name: Value): Value {
  if (!isJsonObject(value) || typeof name !== 'string') return unknown
  return Object.hasOwn(value, name) ? (value[name] ?? unknown) : unknown
}

function negated(value: Value): Value {
  return typeof value === 'boolean' ? !value : unknown
}

function listOf(items: readonly Value[]): Value {
  return items.some((item) => item === unknown) ? unknown : (items as readonly Json[])
}
