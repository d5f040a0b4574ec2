import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { engineProgramNames, rendererNames, storeProgramNames } from '../test/cluster/families.ts'
import { check } from './check.ts'

// Everything that must be green: the fast gates, the binaries that tests run (built where they cannot
// be had otherwise), the tests without a cluster, the tests on real clusters. With --all also
// test/**/*.slow.test.ts, which CI runs; with --nightly the benchmarks and test/**/*.nightly.test.ts
// on top, and properties are tried on more cases. With --engines the tests with Flux and Argo CD, and
// only those: building these takes a quarter of an hour, once. Each step ends with the time it took.

const root = path.join(import.meta.dirname, '..')
const slow = 'test/**/*.slow.test.ts'
const withEngines = 'test/engines/**/*.test.ts'
const nightly = 'test/**/*.nightly.test.ts'
const onCluster = ['test/cluster/**/*.test.ts', 'test/e2e/**/*.test.ts']

const { values } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    nightly: { type: 'boolean', default: false },
    engines: { type: 'boolean', default: false },
  },
})

if (values.nightly) process.env['SOLEWRITER_CASES'] ??= '100000'
// Every test file is a process, and so is every command that a test runs: they read the same sources.
process.env['NODE_COMPILE_CACHE'] ??= path.join(root, 'node_modules', '.cache', 'compile')

function run(title: string, ...args: readonly string[]): boolean {
  console.log(`\n--- ${title}`)
  const startedAt = performance.now()
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${title} (${seconds} s)`)
  return status === 0
}

function files(patterns: readonly string[], exclude: readonly string[] = []): string[] {
  return globSync(patterns, { cwd: root, exclude: [...exclude] }).toSorted()
}

const isWatched = process.stdout.isTTY === true && process.env['CI'] === undefined
const flags = [
  '--test',
  `--test-reporter=${isWatched ? 'dot' : 'spec'}`,
  // What hangs is a failure, and must not take the rest along.
  '--test-timeout=300000',
]
/** Hundreds of commits, one after the other; a grant until it may be deleted. */
const longFlags = flags.map((flag) => flag.replace('=300000', '=3600000'))

function buildEngines(): boolean {
  const names = engineProgramNames.join(',')
  return run('the engines', 'test/cluster/main.ts', 'binaries', '--only', names)
}

/** Renderers, and a store for objects with its client. */
const otherPrograms = [...rendererNames, ...storeProgramNames].join(',')

const usualSteps: readonly (() => boolean)[] = [
  check,
  () => run('the local control plane', 'test/cluster/main.ts', 'binaries'),
  // They wait more than they work: for processes, polls and time-outs.
  () =>
    run(
      'tests without a cluster',
      ...flags,
      '--test-concurrency=4',
      ...files(['test/**/*.test.ts'], [...onCluster, withEngines, slow]),
    ),
  () =>
    run(
      'tests on clusters',
      ...flags,
      '--test-concurrency=2',
      ...files(onCluster, [slow, nightly]),
    ),
  ...(values.all || values.nightly
    ? [
        () => run('other programs', 'test/cluster/main.ts', 'binaries', '--only', otherPrograms),
        () => run('slow tests', ...flags, '--test-concurrency=2', ...files([slow], [withEngines])),
      ]
    : []),
  ...(values.nightly
    ? [
        () => run('benchmark', 'bench/main.ts'),
        () => run('benchmark of the comparison', 'bench/main.ts', '--content'),
        () => run('benchmark of the index', 'bench/main.ts', '--index'),
        buildEngines,
        () => run('nightly tests', ...longFlags, '--test-concurrency=1', ...files([nightly])),
        () => run('benchmark of the engines', 'bench/main.ts', '--engines'),
      ]
    : []),
]
const engineSteps: readonly (() => boolean)[] = [
  () => run('the local control plane', 'test/cluster/main.ts', 'binaries'),
  buildEngines,
  () =>
    run('tests with engines', ...flags, '--test-concurrency=1', ...files([withEngines], [nightly])),
]

const steps = values.engines ? engineSteps : usualSteps
process.exitCode = steps.every((step) => step()) ? 0 : 1
