import {
  binariesArguments,
  kubeconfigArguments,
  nameArgument,
  statusArguments,
  upArguments,
} from './arguments.ts'
import { ensureBinaries } from './binaries.ts'
import { startCluster } from './cluster.ts'
import { findCluster, listClusters, takeDown } from './directory.ts'
import { Failure, messageOf } from './failure.ts'
import { makeKubeconfig } from './identities.ts'
import { usage } from './usage.ts'
import { readState, type ClusterState } from './state.ts'

type Command = (args: readonly string[]) => Promise<void>

const commands: Readonly<Record<string, Command>> = {
  async up(args) {
    const cluster = await startCluster({ ...upArguments(args), isBoundToParent: false, progress })
    cluster.release()
    printJson(readState(cluster.dir))
  },
  async kubeconfig(args) {
    const { name, identity } = kubeconfigArguments(args)
    print(await makeKubeconfig(await findCluster(name), identity))
  },
  async down(args) {
    const name = nameArgument(args)
    await takeDown(name)
    progress(`cluster ${name} is down`)
  },
  async status(args) {
    const format = statusArguments(args)
    const clusters = await listClusters()
    if (format === 'json') printJson(clusters)
    else for (const cluster of clusters) print(summary(cluster))
  },
  async binaries(args) {
    const { only, format } = binariesArguments(args)
    const found = await ensureBinaries(only, progress)
    if (format === 'json') return printJson(found)
    for (const name of only) {
      const { path, version, source } = found[name]
      print(`${name} ${version} (${source}) ${path}`)
    }
  },
}

function summary({ name, phase, server, dir, pids }: ClusterState): string {
  const processes = Object.entries(pids).map(([process, pid]) => `${process}=${pid}`)
  return [name, phase, server, dir, processes.join(' ')].join('  ')
}

async function main([command = '', ...args]: readonly string[]): Promise<number> {
  if (['', '--help', '-h', 'help'].includes(command) || args.includes('--help')) {
    print(usage.trimEnd())
    return command === '' ? 2 : 0
  }
  const action = Object.hasOwn(commands, command) ? commands[command] : undefined
  try {
    if (action === undefined) throw new Failure(2, `no command ${command}; see --help`)
    await action(args)
    return 0
  } catch (error) {
    progress(messageOf(error))
    return error instanceof Failure ? error.exitCode : 3
  }
}

function progress(line: string): void {
  process.stderr.write(`cluster: ${line}\n`)
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2))
}

process.exitCode = await main(process.argv.slice(2))
