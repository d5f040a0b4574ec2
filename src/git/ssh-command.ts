import { GuardError } from '../core/errors.ts'
import type { PolicyRepository } from '../core/policy/schema.ts'

/** Nothing of the user's or the machine's: one key, one list of host keys, no questions, no agent. */
const fixedOptions: readonly string[] = [
  'BatchMode=yes',
  'IdentitiesOnly=yes',
  'IdentityAgent=none',
  'PreferredAuthentications=publickey',
  'StrictHostKeyChecking=yes',
  'GlobalKnownHostsFile=/dev/null',
  'UpdateHostKeys=no',
  'ForwardAgent=no',
  'ClearAllForwardings=yes',
  'PermitLocalCommand=no',
  'ControlMaster=no',
  'ControlPath=none',
  'ConnectTimeout=10',
  'ServerAliveInterval=10',
  'ServerAliveCountMax=3',
]

/** For `GIT_SSH_COMMAND`, which git hands to a shell. */
export function sshCommand({ sshKeyFile, knownHostsFile }: PolicyRepository['auth']): string {
  if (sshKeyFile === undefined || knownHostsFile === undefined) {
    throw new GuardError('SettingsInvalid', 'ssh needs auth.sshKeyFile and auth.knownHostsFile')
  }
  const options = [
    ...fixedOptions,
    `IdentityFile=${plainPath(sshKeyFile)}`,
    `UserKnownHostsFile=${plainPath(knownHostsFile)}`,
  ]
  return ['ssh', '-F', '/dev/null', ...options.flatMap((option) => ['-o', option])].join(' ')
}

/** Both the shell and ssh would read signs of their own in a path (`$`, `%h`, spaces, quotes). */
function plainPath(path: string): string {
  if (/^\/[\w./@+-]+$/.test(path)) return path
  throw new GuardError('SettingsInvalid', 'paths for ssh may hold letters, digits and ./@+_- only')
}
