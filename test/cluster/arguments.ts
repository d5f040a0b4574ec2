import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'
import { existsSync } from 'node:fs'
import type { ClusterOptions } from './cluster.ts'
import { Failure, messageOf } from './failure.ts'
import { binaryNames, programNames, rendererNames, type ProgramName } from './families.ts'
import type { Identity } from './identities.ts'
import { checkedGroups } from './plan.ts'

const text = { type: 'string' } as const
const texts = { type: 'string', multiple: true } as const
const output = { type: 'string', short: 'o' } as const
const mostReplicas = 9
/** Engines take a quarter of an hour to build: they are made when they are asked for. */
const usualNames: readonly ProgramName[] = [...binaryNames, ...rendererNames]

type OutputFormat = 'json' | 'text'

export function upArguments(args: readonly string[]): ClusterOptions {
  const values = parse(args, {
    name: text,
    setup: texts,
    with: texts,
    replicas: text,
    policy: text,
    repo: texts,
    output,
  })
  outputFormat(values.output)
  const { policy, setup = [] } = values
  for (const file of [...setup, ...(policy === undefined ? [] : [policy])]) mustExist(file)
  return {
    name: values.name ?? 'default',
    setup,
    with: checkedGroups((values.with ?? []).flatMap((value) => value.split(','))),
    replicas: replicasOf(values.replicas ?? '1'),
    ...(policy === undefined ? {} : { policy }),
    repositories: Object.fromEntries((values.repo ?? []).map(repositoryOf)),
  }
}

export function kubeconfigArguments(args: readonly string[]): { name: string; identity: Identity } {
  const values = parse(args, {
    name: text,
    user: text,
    group: texts,
    'service-account': text,
    'pod-bound': { type: 'boolean' },
  })
  const name = values.name ?? 'default'
  const { user, group: groups, 'service-account': account, 'pod-bound': isPodBound } = values
  const isForUser = user !== undefined || groups !== undefined
  if (isForUser === (account !== undefined || isPodBound !== undefined))
    throw new Failure(2, whoElse)
  if (isForUser) return { name, identity: userIdentity(user, groups) }
  return { name, identity: accountIdentity(account ?? '', isPodBound === true) }
}

const whoElse = 'give --user U [--group G]... or --service-account NS/NAME [--pod-bound]'

function userIdentity(user = '', groups: readonly string[] = []): Identity {
  if (user === '') throw new Failure(2, whoElse)
  return { kind: 'user', user, groups }
}

function accountIdentity(account: string, isPodBound: boolean): Identity {
  const [namespace = '', name = '', ...more] = account.split('/')
  if (!isName(namespace, name) || more.length > 0) throw new Failure(2, whoElse)
  return { kind: 'service-account', namespace, name, isPodBound }
}

export function nameArgument(args: readonly string[]): string {
  return parse(args, { name: text }).name ?? 'default'
}

export function statusArguments(args: readonly string[]): OutputFormat {
  return outputFormat(parse(args, { output }).output)
}

export function binariesArguments(args: readonly string[]): {
  only: readonly ProgramName[]
  format: OutputFormat
} {
  const values = parse(args, { only: texts, output })
  const only = values.only?.flatMap((list) => list.split(',')) ?? usualNames
  return { only: only.map(programName), format: outputFormat(values.output) }
}

function parse<const T extends ParseArgsOptionsConfig>(args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values
  } catch (error) {
    throw new Failure(2, messageOf(error), { cause: error })
  }
}

function outputFormat(value: string | undefined): OutputFormat {
  if (value === undefined || value === 'text') return 'text'
  if (value === 'json') return 'json'
  throw new Failure(2, `-o ${value}: json or text`)
}

function replicasOf(value: string): number {
  const replicas = Number(value)
  if (Number.isInteger(replicas) && replicas >= 1 && replicas <= mostReplicas) return replicas
  throw new Failure(2, `--replicas ${value}: 1 to ${mostReplicas}`)
}

function repositoryOf(value: string): [string, string] {
  const cut = value.indexOf('=')
  const [name, dir] = [value.slice(0, cut), value.slice(cut + 1)]
  if (cut < 1 || !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name)) {
    throw new Failure(2, `--repo ${value}: NAME=DIR`)
  }
  mustExist(dir)
  return [name, dir]
}

function programName(name: string): ProgramName {
  const found = programNames.find((known) => known === name)
  if (found !== undefined) return found
  throw new Failure(2, `--only ${name}: some of ${programNames.join(', ')}`)
}

function mustExist(file: string): void {
  if (!existsSync(file)) throw new Failure(2, `${file}: no such file or directory`)
}

function isName(...names: readonly string[]): boolean {
  return names.every((name) => /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name))
}
