import path from 'node:path'
import { readPolicyText } from '../config/policy-text.ts'
import { GuardError } from '../core/errors.ts'
import { formatIssue } from '../core/policy/issue.ts'
import { parsePolicy, type ParsedPolicy } from '../core/policy/parse.ts'
import type { Env } from './env.ts'

export type GoodPolicy = Extract<ParsedPolicy, { kind: 'ok' }>

/** The policy that an option names; PolicyInvalid with every issue when it is not good. */
export async function readPolicy(file: string, env: Env): Promise<GoodPolicy> {
  const parsed = await readAnyPolicy(file, env)
  if (parsed.kind === 'ok') return parsed
  throw new GuardError('PolicyInvalid', parsed.issues.map(formatIssue).join('\n'))
}

/** Good or not; PolicyUnreadable when there is no such file. */
export async function readAnyPolicy(file: string, env: Env): Promise<ParsedPolicy> {
  try {
    return parsePolicy(await readPolicyText(path.resolve(env.cwd, file)), file)
  } catch (error) {
    if (!(error instanceof GuardError) || error.code !== 'PolicyInvalid') throw error
    const message = error.message.slice(error.message.lastIndexOf(': ') + 2)
    return { kind: 'invalid', issues: [{ file, line: 1, column: 1, path: '', message }] }
  }
}
