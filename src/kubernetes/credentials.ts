import { readFileSync } from 'node:fs'
import type { Agent, RequestOptions } from 'node:https'
import path from 'node:path'
import { KubeConfig, loadYaml, type User } from '@kubernetes/client-node'
import { GuardError } from '../core/errors.ts'
import { redactText } from '../telemetry/redact.ts'

/** Where the API server is and who we are to it. */
export type ClusterSource =
  /** As a Pod: the mounted token, which is read again as the kubelet renews it. */
  | { readonly kind: 'in-cluster' }
  /** As kubectl: of several files that name the same thing the first one counts. */
  | { readonly kind: 'kubeconfig'; readonly files: readonly string[]; readonly context?: string }

/** What goes into one request; asked for each time, as files and tokens change. */
interface RequestCredentials extends RequestOptions {
  /** Only behind a proxy; otherwise connections are ours to keep. */
  readonly agent?: Agent
}

export interface Credentials {
  readonly server: URL
  apply(): Promise<RequestCredentials>
}

/** What the library does not read, or would silently leave out. */
interface RawUser {
  readonly name?: string
  readonly user?: Readonly<Record<string, unknown>>
}

/** Impersonation beyond the name: acting with other groups than asked for would be a surprise. */
const unsupported = ['as-groups', 'as-uid', 'as-user-extra']

/** Throws SettingsInvalid for a source that cannot be used. */
export function loadCredentials(source: ClusterSource): Credentials {
  const config = source.kind === 'in-cluster' ? ownPod() : fromFiles(source)
  const cluster = config.getCurrentCluster()
  if (cluster === null || config.getCurrentUser() === null) {
    throw new GuardError('SettingsInvalid', `no cluster and user: context ${contextOf(config)}`)
  }
  const server = URL.parse(cluster.server)
  if (server?.protocol !== 'https:') {
    throw new GuardError('SettingsInvalid', 'the address of the API server does not begin https://')
  }
  const isProxied = (cluster.proxyUrl ?? '') !== ''
  return { server, apply: () => apply(config, isProxied) }
}

/** Of a kubeconfig: the one that was asked for, or its current one. Throws SettingsInvalid. */
export function contextName(source: ClusterSource): string {
  return source.kind === 'in-cluster' ? '' : fromFiles(source).getCurrentContext()
}

async function apply(config: KubeConfig, isProxied: boolean): Promise<RequestCredentials> {
  const options: RequestOptions = {}
  try {
    await config.applyToHTTPSOptions(options)
  } catch (cause) {
    // Not as the cause: a credential plugin's words may hold anything.
    const [why = ''] = cause instanceof Error ? cause.message.split('\n') : []
    throw new GuardError(
      'ClusterUnreachable',
      `there are no credentials for the cluster: ${redactText(why)}`,
    )
  }
  const { agent, rejectUnauthorized, headers, ...rest } = options
  return {
    ...rest,
    headers: trimmed(headers as Readonly<Record<string, string>> | undefined),
    // Said explicitly, so that no environment variable can turn it off.
    rejectUnauthorized: rejectUnauthorized !== false,
    ...(isProxied ? { agent: agent as Agent } : {}),
  }
}

/** A token file may end in a newline, which no header may. */
function trimmed(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.trim()]))
}

function ownPod(): KubeConfig {
  const config = new KubeConfig()
  config.loadFromCluster()
  if (config.getCurrentCluster()?.server.includes('undefined') !== false) {
    throw new GuardError('SettingsInvalid', 'this is no Pod of a cluster: give a kubeconfig')
  }
  return config
}

function fromFiles(source: Extract<ClusterSource, { kind: 'kubeconfig' }>): KubeConfig {
  const parts = source.files.map(readKubeconfig)
  const config = new KubeConfig()
  config.loadFromOptions({
    clusters: firstOfEach(parts.flatMap(({ clusters }) => clusters)),
    users: firstOfEach(parts.flatMap(({ users }) => users)),
    contexts: firstOfEach(parts.flatMap(({ contexts }) => contexts)),
    currentContext: source.context ?? parts.find(hasCurrentContext)?.currentContext,
  })
  if (config.getContexts().some(({ name }) => name === config.getCurrentContext())) return config
  throw new GuardError('SettingsInvalid', `the kubeconfig has no context ${contextOf(config)}`)
}

function hasCurrentContext(config: KubeConfig): boolean {
  return ((config.currentContext as string | undefined) ?? '') !== ''
}

function contextOf(config: KubeConfig): string {
  return JSON.stringify((config.getCurrentContext() as string | undefined) ?? '')
}

function firstOfEach<T extends { readonly name: string }>(all: readonly T[]): T[] {
  return all.filter((one, index) => all.findIndex(({ name }) => name === one.name) === index)
}

function readKubeconfig(file: string): KubeConfig {
  const text = readText(file)
  const config = new KubeConfig()
  try {
    config.loadFromString(text)
    config.makePathsAbsolute(path.dirname(file))
  } catch {
    // The parser quotes the lines in question, which may hold a key: its words stay out.
    throw new GuardError('SettingsInvalid', `${file}: is not a kubeconfig`)
  }
  const raw = loadYaml<{ readonly users?: readonly RawUser[] }>(text).users ?? []
  config.users = config.users.map((user) =>
    completeUser(user, { raw: raw.find(({ name }) => name === user.name)?.user ?? {}, file }),
  )
  return config
}

/** The library looks for `token-file`; kubectl and the format say `tokenFile`. */
function completeUser(
  user: User,
  { raw, file }: { readonly raw: Readonly<Record<string, unknown>>; readonly file: string },
): User {
  const refused = unsupported.find((key) => Object.hasOwn(raw, key))
  if (refused !== undefined) {
    throw new GuardError('SettingsInvalid', `${file}: ${refused} of user ${user.name} is not known`)
  }
  const { tokenFile } = raw
  if (typeof tokenFile !== 'string') return user
  const { token: _token, ...rest } = user
  const absolute = path.resolve(path.dirname(file), tokenFile)
  return { ...rest, authProvider: { name: 'tokenFile', config: { tokenFile: absolute } } }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'unknown reason'
    throw new GuardError('SettingsInvalid', `${file}: cannot be read: ${why}`)
  }
}
