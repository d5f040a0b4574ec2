import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { run } from '../../../src/cli/run.ts'
import { fakeEnv } from '../fake-env.ts'
import { scratch } from '../scratch.ts'

/** A bare repository that can be pushed to, and a person who does. */
export interface Remote {
  readonly dir: string
  /** Of the bare repository. */
  readonly url: string
  /** Its text, at the head of a branch; undefined if it is not there. */
  file(branch: string, name: string): string | undefined
  git(...args: readonly string[]): string
  /** In somebody else's name; undefined removes a file. */
  commit(
    branch: string,
    files: Readonly<Record<string, string | undefined>>,
    message?: string,
  ): string
  merge(branch: string): void
  /** Environment variables of the person. */
  readonly vars: Readonly<Record<string, string>>
}

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

const identity = ['-c', 'user.name=Other', '-c', 'user.email=other@example.com']

export function startRemote(files: Readonly<Record<string, string>>): Remote {
  const dir = scratch({ 'home/.gitconfig': '[user]\nname = Alice\nemail = alice@example.com\n' })
  const [bare, checkout] = [path.join(dir, 'fleet.git'), path.join(dir, 'other')]
  const vars = {
    PATH: process.env['PATH'] ?? '',
    HOME: path.join(dir, 'home'),
    GIT_CONFIG_NOSYSTEM: '1',
  }
  const inside = (cwd: string, ...args: readonly string[]) =>
    execFileSync('git', [...identity, ...args], { cwd, encoding: 'utf8', env: vars, stdio: 'pipe' })
  mkdirSync(checkout)
  inside(dir, 'init', '-q', '--bare', '-b', 'main', bare)
  inside(dir, 'init', '-q', '-b', 'main', checkout)
  inside(checkout, 'remote', 'add', 'origin', bare)
  const commit: Remote['commit'] = (branch, changes, message = 'change') => {
    for (const [name, text] of Object.entries(changes)) {
      const file = path.join(checkout, name)
      if (text === undefined) rmSync(file)
      else {
        mkdirSync(path.dirname(file), { recursive: true })
        writeFileSync(file, text)
      }
    }
    inside(checkout, 'add', '-A')
    inside(checkout, 'commit', '-q', '--allow-empty', '-m', message)
    inside(checkout, 'push', '-q', 'origin', `HEAD:refs/heads/${branch}`)
    return inside(checkout, 'rev-parse', 'HEAD').trim()
  }
  commit('main', files)
  return {
    dir,
    url: bare,
    vars,
    git: (...args) => inside(bare, ...args),
    file: (branch, name) => {
      try {
        return inside(bare, 'cat-file', 'blob', `${branch}:${name}`)
      } catch {
        return undefined
      }
    },
    commit: (branch, changes, message) => {
      inside(checkout, 'fetch', '-q', 'origin')
      inside(checkout, 'checkout', '-q', '-B', 'work', `origin/${branch}`)
      return commit(branch, changes, message)
    },
    merge: (branch) => {
      inside(checkout, 'fetch', '-q', 'origin')
      inside(checkout, 'checkout', '-q', '-B', 'main', 'origin/main')
      inside(checkout, 'merge', '-q', '--no-ff', '-m', 'merge', `origin/${branch}`)
      inside(checkout, 'push', '-q', 'origin', 'main')
    },
  }
}

/** The policy of these tests; `more` is indented as what is below spec. */
export function policyText(sources: string, more = ''): string {
  return `apiVersion: solewriter.dev/v1alpha1
kind: Policy
metadata: {name: t}
spec:
  repositories:
  - name: fleet
    url: https://git.example.com/acme/fleet.git
    branches: [main]
    sources: ${sources}
${more}`
}

/** A command line of the person, in this process. */
export async function call(
  { dir, vars }: Remote,
  args: readonly string[],
  given: { readonly input?: string; readonly vars?: Readonly<Record<string, string>> } = {},
): Promise<Ran> {
  const fake = fakeEnv({
    cwd: dir,
    vars: { ...vars, ...given.vars },
    ...(given.input !== undefined && { input: given.input }),
  })
  const code = await run(args, fake)
  return { code, out: fake.out(), err: fake.err() }
}
