import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { run, type Outcome } from '../test/cluster/run.ts'

const cli = path.join(import.meta.dirname, '..', 'src', 'cli', 'main.ts')

const policySource = path.join(import.meta.dirname, 'policy.yaml')

/** A directory of the demo's own, in which its commands run exactly as they are shown. */
export interface Workspace {
  readonly dir: string
  /** The working tree of the Git repository. */
  readonly fleet: string
  /** A copy of the policy. */
  readonly policy: string
  /** `solewriter` and its plugin are on the PATH; `kubectl` after `addTool`. */
  sh(command: string, options?: ShellOptions): Promise<Outcome>
  addTool(name: string, file: string): void
  remove(): void
}

interface ShellOptions {
  readonly cwd?: string
  readonly vars?: Readonly<Record<string, string>>
}

export function createWorkspace(): Workspace {
  const dir = mkdtempSync(path.join(tmpdir(), 'solewriter-demo-'))
  const bin = path.join(dir, 'bin')
  const fleet = path.join(dir, 'fleet')
  for (const folder of [bin, fleet, path.join(dir, 'home')]) mkdirSync(folder)
  const programs = { solewriter: '', 'kubectl-breakglass': 'breakglass ' }
  for (const [name, words] of Object.entries(programs)) {
    const shim = `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(cli)} ${words}"$@"\n`
    writeFileSync(path.join(bin, name), shim, { mode: 0o755 })
  }
  const policy = path.join(dir, 'policy.yaml')
  copyFileSync(policySource, policy)
  return {
    dir,
    fleet,
    policy,
    sh: (command, { cwd = dir, vars = {} } = {}) =>
      run('sh', ['-c', command], { cwd, env: { ...hermetic(dir, bin), ...vars } }),
    addTool: (name, file) => symlinkSync(file, path.join(bin, name)),
    remove: () => rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }),
  }
}

/** Nothing of the user's Git or kubectl configuration: it would show, and change commit ids. */
function hermetic(dir: string, bin: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(?:GIT_|KUBE|NODE_TEST_CONTEXT$|NODE_OPTIONS$|FORCE_COLOR$)/.test(name),
  )
  return {
    ...Object.fromEntries(kept),
    PATH: `${bin}${path.delimiter}${process.env['PATH'] ?? '/usr/bin:/bin'}`,
    HOME: path.join(dir, 'home'),
    XDG_CONFIG_HOME: path.join(dir, 'home'),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_DEFAULT_HASH: 'sha1',
    KUBERC: 'off',
    KUBECACHEDIR: path.join(dir, 'home', 'kubectl-cache'),
    LC_ALL: 'C',
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
