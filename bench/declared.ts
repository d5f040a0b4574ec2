import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { declaredManifests } from './bodies.ts'

// The repository of the benchmark: what its writes and its reviews by a writer come from.

const manifest = `apiVersion: v1
kind: ConfigMap
metadata: {name: bench, namespace: bench-ours}
data: {text: ${'x'.repeat(1500)}}
`

/** Fixed names and dates: whoever makes it gets the same commit. */
export function makeRepository(directory: string): string {
  const date = '2026-01-01T00:00:00Z'
  const env = {
    PATH: process.env['PATH'],
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: 'bench',
    GIT_AUTHOR_EMAIL: 'bench@example.com',
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: 'bench',
    GIT_COMMITTER_EMAIL: 'bench@example.com',
    GIT_COMMITTER_DATE: date,
  }
  const git = (...args: readonly string[]) =>
    execFileSync('git', args, { cwd: directory, env, encoding: 'utf8' }).trim()
  execFileSync('git', ['init', '-q', '-b', 'main', directory], { env })
  writeFileSync(path.join(directory, 'bench.yaml'), manifest)
  for (const [i, text] of declaredManifests().entries()) {
    writeFileSync(path.join(directory, `body-${i}.json`), text)
  }
  git('add', '-A')
  git('commit', '-q', '-m', 'bench')
  return git('rev-parse', 'HEAD')
}

export function commitOfBench(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'solewriter-bench-'))
  try {
    return makeRepository(directory)
  } finally {
    rmSync(directory, { recursive: true })
  }
}
