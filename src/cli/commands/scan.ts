import type { Finding } from '../../core/scan/result.ts'
import type { Declare } from '../command-table.ts'
import {
  declareCluster,
  withSession,
  type ClusterOptions,
  type Session,
} from '../breakglass/cluster.ts'
import type { Env } from '../env.ts'
import { exit } from '../exit.ts'
import { collect } from '../option-values.ts'
import { alsoPrints } from '../output-formats.ts'
import { painter, print, progress } from '../output.ts'
import { readPolicy } from '../policy.ts'
import { declareRendererOptions, openRenderers, type RendererOptions } from '../renderers.ts'
import { openGit } from '../scan/circumstances.ts'
import { findDirectories } from '../scan/repositories.ts'
import { findingsTable, findingsText, summaryText } from '../scan/scan-text.ts'
import { scan, type Scanned } from '../scan/scan.ts'
import { keepHeapSmall } from '../scan/small-heap.ts'

export interface ScanCommandOptions extends ClusterOptions, RendererOptions {
  readonly policy: string
  readonly repo?: readonly string[]
  readonly namespace?: readonly string[]
  readonly installedIn: string
  readonly readSecrets?: boolean
  readonly output: string
}

export const declare: Declare = (command, run) => {
  alsoPrints(command, 'table', 'summary')
  declareCluster(command)
    .requiredOption('--policy <file>', 'the policy file')
    .option(
      '--repo <name=dir>',
      'directory of a repository, in place of a fetch; may be repeated',
      collect,
    )
    .option('-n, --namespace <name>', 'only this one; may be repeated', collect)
    .option('--read-secrets', 'compare the values of Secrets too, not only their metadata')
    .option('--installed-in <name>', 'namespace of solewriter', 'solewriter-system')
    .addHelpText('after', explanation)
  declareRendererOptions(command)
  command.action((options: Omit<ScanCommandOptions, 'output'>) =>
    run((env, output) => scanCommand({ ...options, output }, env)),
  )
}

const explanation = `
Compares every object that admission is asked about with what Git declares. -o json prints JSON
Lines, a summary last; -o table one row for each finding; -o summary only what it comes to. No value
is printed. Exits with 1 when there is drift, with 3 when there is none and yet not everything could
be read. Whom managedFields name is a hint: clients choose these names. docs/scan.md has more.`

/** Of a table; the rest is counted. JSON Lines have no end. */
const mostShown = 20_000

export function scanCommand(options: ScanCommandOptions, env: Env): Promise<number> {
  keepHeapSmall()
  return withSession(options, env, (session) => scanCluster(options, session))
}

async function scanCluster(options: ScanCommandOptions, session: Session): Promise<number> {
  const { env, api } = session
  const { policy, hash: policyHash } = await readPolicy(options.policy, env)
  const shown = progress(env, 'reading the policy')
  try {
    await using found = await findDirectories(policy, { ...options, shown }, env)
    const { directories } = found
    const tools = openRenderers(options, env)
    const opening = { api, policy, policyHash, namespace: options.installedIn, directories, tools }
    await using git = await openGit(opening, env)
    const kept: Finding[] = []
    const scanned = await scan({
      ...git,
      api,
      trigger: 'command',
      namespaces: options.namespace ?? [],
      readsSecrets: options.readSecrets === true,
      onProgress: (text) => {
        shown.update(text)
      },
      onFinding: async (finding) => {
        if (options.output === 'json') await print(env, `${JSON.stringify(finding)}\n`)
        else if (kept.length < mostShown) kept.push(finding)
      },
    })
    shown[Symbol.dispose]()
    await tell(options.output, { scanned, kept }, env)
    return exits[scanned.summary.verdict]
  } finally {
    shown[Symbol.dispose]()
  }
}

const exits = { clean: exit.done, drift: exit.no, unknown: exit.unknown } as const

interface Told {
  readonly scanned: Scanned
  readonly kept: readonly Finding[]
}

async function tell(output: string, { scanned, kept }: Told, env: Env): Promise<void> {
  const { summary, unknown } = scanned
  const paint = painter(env.stdout, env.vars)
  if (output === 'json') {
    for (const line of [...unknown, summary]) await print(env, `${JSON.stringify(line)}\n`)
    return
  }
  const total = Object.values(summary.findings).reduce((sum, count) => sum + count, 0)
  const omitted = output === 'summary' ? 0 : total - kept.length
  if (output === 'table') await print(env, findingsTable(kept, paint))
  else if (output === 'text') await print(env, findingsText(kept, paint))
  const text = summaryText({ ...summary, omitted }, unknown, paint)
  if (output === 'table') env.stderr.write(text)
  else await print(env, text)
}
