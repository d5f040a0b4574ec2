import type { Connection } from './connection.ts'

/** What every git process is told, whatever the configuration of the machine or of a repository says. */
const fixedConfig: readonly string[] = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.logAllRefUpdates=always',
  // A commit graph would answer for commits whose objects are damaged or gone.
  'core.commitGraph=false',
  // Larger files are streamed: a pack must not choose how much memory we need.
  'core.bigFileThreshold=32m',
  'core.askPass=',
  'credential.helper=',
  'protocol.allow=never',
  'transfer.fsckObjects=true',
  'fetch.recurseSubmodules=no',
  // Packs only: size limits and repacking need to look at one directory.
  'fetch.unpackLimit=1',
  'gc.auto=0',
  'repack.writeBitmaps=false',
  'http.followRedirects=false',
  'http.sslVerify=true',
  // Servers that count objects send a few bytes each five seconds; less than that is a dead line.
  'http.lowSpeedLimit=1',
  'http.lowSpeedTime=30',
]

/** Flaws of old histories in what decides nothing here: names, dates and the spelling of modes. */
const toleratedFlaws: readonly string[] = [
  'badDate',
  'badDateOverflow',
  'badEmail',
  'badName',
  'badTimezone',
  'missingEmail',
  'missingNameBeforeEmail',
  'missingSpaceBeforeDate',
  'missingSpaceBeforeEmail',
  'zeroPaddedFilemode',
]

const fixedOptions: readonly string[] = [
  ...fixedConfig,
  ...toleratedFlaws.map((flaw) => `fetch.fsck.${flaw}=ignore`),
].flatMap((setting) => ['-c', setting])

/** Options before git's command. Nothing in them is secret: any user of the machine may read them. */
export function gitOptions(gitDir: string, connection: Connection | undefined): readonly string[] {
  const config = connection?.config ?? []
  return [
    `--git-dir=${gitDir}`,
    '--no-pager',
    ...fixedOptions,
    ...config.flatMap((one) => ['-c', one]),
  ]
}

/** The whole environment: nothing of ours is inherited, so nothing in it can redirect git. */
export function gitEnvironment(
  searchPath: string,
  connection: Connection | undefined,
): Readonly<Record<string, string>> {
  return {
    PATH: searchPath,
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    // Overrides all configuration: exactly one scheme, or none.
    GIT_ALLOW_PROTOCOL: connection?.scheme ?? 'none',
    GIT_NO_LAZY_FETCH: '1',
    // Both let a repository tell another history under the same object ids.
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_GRAFT_FILE: '/dev/null',
    // Reflogs need a name even where the user id has none.
    GIT_COMMITTER_NAME: 'solewriter',
    GIT_COMMITTER_EMAIL: 'solewriter@localhost',
    GIT_REFLOG_ACTION: 'mirror',
    ...connection?.env,
  }
}
