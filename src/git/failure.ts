import { GuardError } from '../core/errors.ts'
import type { Credential } from './connection.ts'

const longest = 300
const mostLines = 3
/** Progress of the server, warnings and advice. */
const noise = /^(?:remote:|warning:|hint:|Please make sure|and the repository exists)/

/** What git said, as one line. The server chooses part of it, so it is cut and cleaned. */
export function explainFailure(
  name: string,
  code: number | null,
  complaint: string,
  credential: Credential | undefined,
): GuardError {
  const lines = withoutToken(complaint, credential)
    .split('\n')
    .map((line) => printable(line).trim())
    .filter((line) => line !== '' && !noise.test(line))
    .slice(0, mostLines)
  const how = code === null ? 'was killed' : `failed (${code})`
  const why = lines.length === 0 ? '' : `: ${lines.join('; ')}`
  return new GuardError('GitFailed', `${name} ${how}${why}`.slice(0, longest))
}

/** Git never prints it, but a server that was sent it may. */
function withoutToken(text: string, credential: Credential | undefined): string {
  if (credential === undefined) return text
  const { user, token } = credential
  const sent = Buffer.from(`${user}:${token}`).toString('base64')
  return text.replaceAll(token, '[redacted]').replaceAll(sent, '[redacted]')
}

function printable(line: string): string {
  return line.replace(/[^\x20-\x7e]/g, '?')
}
