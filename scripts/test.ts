import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import path from 'node:path'
import { check } from './check.ts'

// Everything that must be green: the fast gates, the tests without a cluster, the control plane's
// binaries (built where they cannot be had otherwise), the tests on real clusters. With file
// patterns, only those tests.

const root = path.join(import.meta.dirname, '..')
const onCluster = ['test/cluster/**/*.test.ts', 'test/e2e/**/*.test.ts']

function run(title: string, ...args: readonly string[]): boolean {
  console.log(`\n--- ${title}`)
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status === 0
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

const steps: readonly (() => boolean)[] = [
  check,
  () => run('tests without a cluster', ...flags, ...files(['test/**/*.test.ts'], onCluster)),
  () => run('the local control plane', 'test/cluster/main.ts', 'binaries'),
  () => run('tests on clusters', ...flags, '--test-concurrency=2', ...files(onCluster)),
]
process.exitCode = steps.every((step) => step()) ? 0 : 1
