import { readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { GuardError } from '../core/errors.ts'
import { parseGitUrl } from '../core/policy/git-url.ts'
import type { PolicyRepository } from '../core/policy/schema.ts'
import { sshCommand } from './ssh-command.ts'

type Scheme = 'https' | 'ssh' | 'file'

/** Where a mirror is fetched from. */
export interface Remote {
  readonly url: string
  readonly scheme: Scheme
  readonly auth: PolicyRepository['auth']
}

/** What one git process needs to talk to a remote. */
export interface Connection {
  readonly scheme: Scheme
  readonly config: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Options of `fetch` and `ls-remote`. */
  readonly options: readonly string[]
  /** What git may read, once, from descriptor 3. */
  readonly credential?: Credential
}

export interface Credential {
  readonly user: string
  readonly token: string
}

/**
 * The credential comes through an inherited pipe: arguments are public, and an environment or a
 * second file would outlive the process. The text is constant.
 */
const credentialHelper = 'credential.helper=!f() { test "$1" = get && cat <&3; }; f'

/**
 * Git refuses to serve directories of another user unless told; the operator named this one. A
 * local upload-pack gets none of our `-c` options, and its command line is constant.
 */
const serveLocal = "--upload-pack=git -c 'safe.directory=*' upload-pack"

/** The policy was checked, but what is opened is judged here again, beside the process that opens it. */
export function toRemote(repository: PolicyRepository, override: string | undefined): Remote {
  if (override !== undefined) {
    return { url: pathToFileURL(override).href, scheme: 'file', auth: {} }
  }
  const url = parseGitUrl(repository.url)
  if (typeof url === 'string' || url.kind === 'http') {
    const why = typeof url === 'string' ? url : 'must not be http'
    throw new GuardError('SettingsInvalid', `repository ${repository.name}: url ${why}`)
  }
  return { url: repository.url, scheme: url.kind, auth: repository.auth }
}

/** Reads the credentials anew: tokens rotate. */
export async function connect({ scheme, auth }: Remote): Promise<Connection> {
  const allow = `protocol.${scheme}.allow=always`
  if (scheme === 'file') return { scheme, config: [allow], env: {}, options: [serveLocal] }
  if (scheme === 'ssh') {
    const env = { GIT_SSH_COMMAND: sshCommand(auth), GIT_SSH_VARIANT: 'ssh' }
    return { scheme, config: [allow], env, options: [] }
  }
  // The machine's own directory of authorities would count beside the file.
  const pinned = [`http.sslCAInfo=${auth.caFile}`, 'http.sslCAPath=/nonexistent']
  const trust = auth.caFile === undefined ? [] : pinned
  const connection = { scheme, config: [allow, ...trust], env: {}, options: [] }
  if (auth.tokenFile === undefined) return connection
  const credential = await readCredential(auth.tokenFile)
  return { ...connection, config: [...connection.config, credentialHelper], credential }
}

/** `TOKEN`, or `USER:TOKEN` for servers that look at the user too. */
async function readCredential(file: string): Promise<Credential> {
  const line = (await readSecret(file)).replace(/[\r\n]+$/, '')
  // Anything else could add lines to the protocol by which git asks for it.
  if (!/^[\x21-\x7e]+$/.test(line)) {
    throw new GuardError('GitFailed', `${file} must hold one token on one line`)
  }
  const colon = line.indexOf(':')
  const user = colon === -1 ? 'x-access-token' : line.slice(0, colon)
  const token = line.slice(colon + 1)
  return { user, token }
}

async function readSecret(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new GuardError('GitFailed', `${file} cannot be read`, { cause })
  }
}
