import path from 'node:path'
import { at, isJsonObject, type Json } from '../../core/manifest/json.ts'
import { approvalKind, grantKind } from '../../core/breakglass/grant.ts'
import type { GlassSource } from '../../core/report/break-glass.ts'
import { pathOf } from '../../kubernetes/paths.ts'
import { withSession, type Session } from '../breakglass/cluster.ts'
import { listGrants, objectIn } from '../breakglass/grants.ts'
import type { Env } from '../env.ts'
import { exit, UsageError } from '../exit.ts'
import { listPostMortems } from '../postmortem/objects.ts'
import { readState } from '../state-directory.ts'

export interface GlassOptions {
  readonly kubeconfig?: string
  readonly context?: string
  readonly state?: string
}

/** Where grants come from, in words; null where none were asked for. */
export function glassWords({ kubeconfig, context, state }: GlassOptions): string | null {
  if (state !== undefined) return `exported objects in ${state}`
  if (kubeconfig === undefined && context === undefined) return null
  return `the cluster${context === undefined ? '' : ` of context ${context}`}${kubeconfig === undefined ? '' : ` in ${kubeconfig}`}`
}

/** Null where neither a cluster nor files were given: that is said, and is no empty list. */
export async function readGlass(options: GlassOptions, env: Env): Promise<GlassSource | null> {
  const { state, kubeconfig, context } = options
  if (state !== undefined && (kubeconfig !== undefined || context !== undefined)) {
    throw new UsageError('grants come from --state or from a cluster, not from both')
  }
  if (state !== undefined) return fromFiles(path.resolve(env.cwd, state), env.signal)
  return kubeconfig === undefined && context === undefined ? null : fromCluster(options, env)
}

async function fromFiles(directory: string, signal: AbortSignal): Promise<GlassSource> {
  const { grants, approvals, cluster } = await readState(directory).catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') {
      throw new UsageError(`--state ${directory} is not there`, { cause })
    }
    throw cause
  })
  const kind = { ...grantKind, kind: 'PostMortem', namespace: '' }
  const found = await cluster.list(kind, signal)
  return { grants, approvals, postMortems: found.kind === 'found' ? found.objects : [] }
}

async function fromCluster(options: GlassOptions, env: Env): Promise<GlassSource> {
  let source: GlassSource | undefined
  const code = await withSession(options, env, async (session) => {
    source = {
      grants: await listGrants(session),
      postMortems: await listPostMortems(session),
      approvals: await listApprovals(session),
    }
    return exit.done
  })
  if (source !== undefined) return source
  throw new UsageError(`the grants of the cluster cannot be listed (${code})`)
}

async function listApprovals({ api, env }: Session) {
  const { group, version } = approvalKind
  const place = pathOf({ group, version, resource: 'breakglassapprovals', namespace: '' })
  const answer = await api.send({ method: 'GET', path: place, signal: env.signal })
  const items = at(objectIn(answer, 'list breakglassapprovals'), 'items')
  return Array.isArray(items) ? (items as readonly Json[]).filter(isJsonObject) : []
}
