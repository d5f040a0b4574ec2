import type { Command } from 'commander'
import type { UserInfo } from '../../core/admission/request.ts'
import { at, isJsonObject, stringAt, type Json } from '../../core/manifest/json.ts'
import { connect, isGood, unexpected, type Api } from '../../kubernetes/api.ts'
import { contextName } from '../../kubernetes/credentials.ts'
import { operatorSource } from '../cluster-source.ts'
import type { Env } from '../env.ts'
import { exit } from '../exit.ts'
import { printable } from '../output.ts'
import { Refused } from './refused.ts'

export interface ClusterOptions {
  readonly kubeconfig?: string
  readonly context?: string
}

/** A cluster, and who its API server says that we are. */
export interface Session {
  readonly api: Api
  readonly env: Env
  readonly context: string
  readonly me: UserInfo
  /** Epoch ms by the clock of the API server, which is what tokens and grants are judged by. */
  readonly now: () => number
}

export function declareCluster(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'default: KUBECONFIG, then ~/.kube/config')
    .option('--context <name>', 'default: the current one')
}

/** One connection for the work, ended with it; a refusal is said and ends with 1. */
export async function withSession(
  options: ClusterOptions,
  env: Env,
  work: (session: Session) => Promise<number>,
): Promise<number> {
  const source = operatorSource(options, env)
  const context = contextName(source)
  const api = connect(source)
  try {
    return await work(await openSession(api, context, env))
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    env.stderr.write(`${error.message.split('\n').map(printable).join('\n')}\n`)
    return exit.no
  } finally {
    api.close()
  }
}

const mostSkew = 60_000

async function openSession(api: Api, context: string, env: Env): Promise<Session> {
  const answer = await api.send({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    signal: env.signal,
  })
  const user = at(answer.body, 'status', 'userInfo')
  const username = stringAt(user, 'username') ?? ''
  if (!isGood(answer) || username === '') throw unexpected('create selfsubjectreviews', answer)
  const skew = skewOf(answer.headers['date'], env)
  if (Math.abs(skew) > mostSkew) {
    const seconds = Math.round(Math.abs(skew) / 1000)
    env.stderr.write(`your clock and that of ${api.host} differ by ${seconds} s: theirs counts\n`)
  }
  const me = {
    username,
    uid: stringAt(user, 'uid') ?? '',
    groups: textsOf(at(user, 'groups')),
    extra: extraOf(at(user, 'extra')),
  }
  return { api, env, context, me, now: () => env.now() + skew }
}

/** How far the API server's clock is ahead of ours, in ms; its header has whole seconds. */
function skewOf(date: string | string[] | undefined, env: Env): number {
  const theirs = typeof date === 'string' ? Date.parse(date) : Number.NaN
  const skew = theirs - env.now()
  return Number.isNaN(skew) || Math.abs(skew) < 2_000 ? 0 : skew
}

function textsOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value)
    ? (value as readonly Json[]).filter((one) => typeof one === 'string')
    : []
}

function extraOf(value: Json | undefined): UserInfo['extra'] {
  const entries = isJsonObject(value) ? Object.entries(value) : []
  return new Map(entries.map(([key, texts]) => [key, textsOf(texts)]))
}
