import { pathToFileURL } from 'node:url'
import { InvalidArgumentError, type Command } from 'commander'
import { parseDuration } from '../../core/policy/duration.ts'
import { parseGitUrl } from '../../core/policy/git-url.ts'
import type { PolicyRepository } from '../../core/policy/schema.ts'
import type { Remote } from '../../git/connection.ts'
import { UsageError } from '../exit.ts'

/** Options as commander gives them. */
export interface CheckpointOptions {
  readonly checkpointsRepo?: string
  readonly checkpointsBranch?: string
  readonly checkpointsEvery?: number
  readonly checkpointsTokenFile?: string
  readonly checkpointsCaFile?: string
  readonly checkpointsSshKeyFile?: string
  readonly checkpointsKnownHostsFile?: string
}

/** Where the newest checkpoints are committed to. */
export interface CheckpointSettings {
  readonly remote: Remote
  readonly branch: string
  /** In ms. */
  readonly every: number
}

const usualBranch = 'solewriter-checkpoints'
const tenMinutes = 600_000
const leastPause = 1_000

export function declareCheckpointOptions(command: Command): void {
  command
    .option('--checkpoints-repo <url>', 'commit the newest checkpoints of records there')
    .option('--checkpoints-branch <name>', `on this branch (default: ${usualBranch})`)
    .option('--checkpoints-every <duration>', 'so often, if any is new (default: 10m)', pauseOf)
    .option('--checkpoints-token-file <file>', 'TOKEN or USER:TOKEN, for https')
    .option('--checkpoints-ca-file <file>', 'authorities to trust there, for https')
    .option('--checkpoints-ssh-key-file <file>', 'private key, for ssh')
    .option('--checkpoints-known-hosts-file <file>', 'host keys to trust, for ssh')
}

/** Undefined: they are in the cluster only. Throws UsageError for what does not fit together. */
export function toCheckpointSettings(
  options: CheckpointOptions,
  absolute: (file: string) => string,
): CheckpointSettings | undefined {
  const { checkpointsRepo: url, checkpointsBranch: branch = usualBranch } = options
  if (url === undefined) {
    const isOther = Object.keys(options).some((key) => /^checkpoints[A-Z]/.test(key))
    if (!isOther) return undefined
    throw new UsageError('--checkpoints-… options are of no use without --checkpoints-repo')
  }
  if (!isBranch(branch)) throw new UsageError(`--checkpoints-branch ${branch} is no branch`)
  const remote = remoteOf(url, authOf(options, absolute), absolute)
  return { remote, branch, every: options.checkpointsEvery ?? tenMinutes }
}

function authOf(
  options: CheckpointOptions,
  absolute: (file: string) => string,
): PolicyRepository['auth'] {
  const files = {
    tokenFile: options.checkpointsTokenFile,
    caFile: options.checkpointsCaFile,
    sshKeyFile: options.checkpointsSshKeyFile,
    knownHostsFile: options.checkpointsKnownHostsFile,
  }
  const given = Object.entries(files).flatMap(([key, file]) =>
    file === undefined ? [] : [[key, absolute(file)] as const],
  )
  return Object.fromEntries(given)
}

function remoteOf(
  text: string,
  auth: PolicyRepository['auth'],
  absolute: (file: string) => string,
): Remote {
  if (/^[./]/.test(text)) {
    return { url: pathToFileURL(absolute(text)).href, scheme: 'file', auth: {} }
  }
  const url = parseGitUrl(text)
  if (typeof url === 'string') throw new UsageError(`--checkpoints-repo ${url}`)
  if (url.kind === 'http') throw new UsageError('--checkpoints-repo must not be http')
  const { sshKeyFile, knownHostsFile } = auth
  if (url.kind === 'ssh' && (sshKeyFile === undefined || knownHostsFile === undefined)) {
    throw new UsageError(
      '--checkpoints-repo over ssh needs --checkpoints-ssh-key-file and --checkpoints-known-hosts-file',
    )
  }
  return { url: text, scheme: url.kind, auth }
}

/** Rules of git for names, as far as anybody would want one. */
function isBranch(name: string): boolean {
  return (
    /^[A-Za-z0-9][\w./-]{0,199}$/.test(name) && !/\.\.|\/\/|\/$|\.$|\.lock(?:\/|$)|\/\./.test(name)
  )
}

function pauseOf(text: string): number {
  const ms = parseDuration(text)
  if (ms === undefined || ms < leastPause) {
    throw new InvalidArgumentError('must be a duration of at least 1s, such as 10m')
  }
  return ms
}
