import { z } from 'zod'
import { didYouMean } from './did-you-mean.ts'
import { quoted } from './issue.ts'

/**
 * The schema's findings in our words. An unknown key gets a line of its own, in the order of the
 * keys. Values are shown only where they come from a closed list: a token pasted into the wrong
 * place must not reach a log.
 */
export function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'unrecognized_keys' && issue.input === undefined) return 'is required'
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey(key, knownKeys(issue.inst))).join('\n')
  }
  if (issue.code === 'invalid_type') {
    return `must be ${typeNames[issue.expected] ?? issue.expected}, not ${nameOf(issue.input)}`
  }
  if (issue.code === 'invalid_value') return notOneOf(issue.values.map(String), issue.input)
  if (issue.code === 'invalid_union') return 'must be ["*"] or a list of resources'
  return issue.code === 'too_small' ? 'must not be empty' : undefined
}

const typeNames: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  number: 'a number',
  object: 'an object',
  string: 'a text',
}

function nameOf(input: unknown): string {
  if (input === null) return 'empty'
  if (Array.isArray(input)) return 'a list'
  if (typeof input === 'boolean') return String(input)
  return typeNames[typeof input] ?? typeof input
}

function notOneOf(values: readonly string[], input: unknown): string {
  const choice = values.length === 1 ? values.join('') : `one of ${values.join(', ')}`
  if (typeof input !== 'string') return `must be ${choice}, not ${nameOf(input)}`
  return `must be ${choice}, not ${quoted(input)}${didYouMean(input, values)}`
}

function unknownKey(key: string, known: readonly string[]): string {
  return `is not known${didYouMean(key, known) || `; known here: ${known.join(', ')}`}`
}

function knownKeys(schema: unknown): readonly string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
}
