import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openTools } from '../src/render/tools.ts'
import { ensureBinaries } from '../test/cluster/binaries.ts'
import { familyOf, rendererNames } from '../test/cluster/families.ts'
import { bundleInto } from './bundle.ts'

// What Dockerfile runs: `bundle DIR` makes what the image holds, `renderers DIR` puts kustomize and
// helm there, `check DIR RENDERERS` starts it as the image does and looks at them. No cluster; only
// `renderers` needs a network, where it does not find them.

const root = path.join(import.meta.dirname, '..')
const startMs = 30_000

/** The ENTRYPOINT with the bundle in `dir` in place of the image's. */
export function entrypoint(dir: string): readonly string[] {
  const dockerfile = readFileSync(path.join(root, 'Dockerfile'), 'utf8')
  const [, json] = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile) ?? []
  if (json === undefined) throw new Error('Dockerfile has no ENTRYPOINT in JSON')
  const words = JSON.parse(json) as readonly string[]
  return words.map((word) => word.replace(/^\/opt\/solewriter\b/, dir))
}

async function putRenderers(dir: string): Promise<void> {
  const found = await ensureBinaries(rendererNames, (line) => console.error(line))
  mkdirSync(dir, { recursive: true })
  for (const name of rendererNames) copyFileSync(found[name].path, path.join(dir, name))
}

/** As the image finds them. */
async function checkRenderers(dir: string): Promise<void> {
  const tools = openTools({ programs: {}, searchPath: dir, now: Date.now })
  for (const name of rendererNames) {
    const state = await tools.find(name)
    if (state.kind === 'unusable') throw new Error(state.why)
    expectWord(`v${state.version}`, familyOf(name).version)
  }
}

/** How to start it: words before its own arguments, and an environment. */
export interface Program {
  readonly words: readonly string[]
  readonly env?: NodeJS.ProcessEnv
}

/** Throws for the first thing that is not as it has to be. */
export async function check(program: Program): Promise<void> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'solewriter-image-'))
  try {
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      version: string
    }
    expectWord(run(program, '--version'), version)
    expectWord(run({ words: ['git'] }, '--version'), 'git version')
    const policy = path.join(root, 'manifests', 'base', 'policy.yaml')
    expectWord(run(program, 'policy', 'check', policy), 'ok')
    run(program, 'certs', 'bootstrap', '--out', scratch)
    await serveAndStop(program, { policy, scratch })
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function run({ words: [command = '', ...rest], env }: Program, ...more: readonly string[]): string {
  const args = [...rest, ...more]
  const options = { encoding: 'utf8', env: env ?? process.env } as const
  const { status, stdout, stderr, error } = spawnSync(command, args, options)
  if (status === 0) return stdout
  throw new Error(`${args.join(' ')}: exit code ${status}: ${error?.message ?? stderr}`)
}

function expectWord(text: string, word: string): void {
  if (!text.includes(word)) throw new Error(`${JSON.stringify(text)} does not say ${word}`)
}

/** Alive and not ready, as there is no cluster; and gone when it is told to go. */
async function serveAndStop(
  { words: [command = '', ...flags], env = process.env }: Program,
  { policy, scratch }: { readonly policy: string; readonly scratch: string },
): Promise<void> {
  const port = await freePort()
  const args = [
    [...flags, 'serve', '--caller-auth=none', `--policy=${policy}`],
    [`--cert-file=${scratch}/tls.crt`, `--key-file=${scratch}/tls.key`],
    [`--mirror-dir=${scratch}/mirrors`, `--records-dir=${scratch}/records`],
    [`--kubeconfig=${nowhere(scratch)}`, `--health-listen=127.0.0.1:${port}`],
    ['--listen=127.0.0.1:0'],
  ].flat()
  const child = spawn(command, args, { env, stdio: ['ignore', 'ignore', 'inherit'] })
  const ended = once(child, 'exit')
  try {
    await untilAlive(child, `http://127.0.0.1:${port}`)
    child.kill('SIGTERM')
    const [code] = (await ended) as [number | null]
    if (code !== 0) throw new Error(`serve ends with ${code} after SIGTERM`)
  } finally {
    child.kill('SIGKILL')
  }
}

async function untilAlive(child: ChildProcess, url: string): Promise<void> {
  const deadline = Date.now() + startMs
  while ((await statusOf(`${url}/livez`)) !== 200) {
    if (child.exitCode !== null) throw new Error(`serve ended with ${child.exitCode}`)
    if (Date.now() > deadline) throw new Error('serve does not come to life')
    await sleep(100)
  }
  const ready = await statusOf(`${url}/readyz`)
  if (ready !== 503) throw new Error(`/readyz answers ${ready} without a cluster`)
}

async function statusOf(url: string): Promise<number> {
  const answer = await fetch(url).catch(() => undefined)
  await answer?.arrayBuffer()
  return answer?.status ?? 0
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Of an API server that does not answer. */
function nowhere(scratch: string): string {
  const file = path.join(scratch, 'kubeconfig')
  const named = { name: 'nowhere' }
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ ...named, cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ ...named, user: { token: 'none' } }],
    contexts: [{ ...named, context: { cluster: 'nowhere', user: 'nowhere' } }],
    'current-context': 'nowhere',
  }
  writeFileSync(file, JSON.stringify(kubeconfig), { mode: 0o600 })
  return file
}

const steps: Readonly<Record<string, (dirs: readonly string[]) => Promise<void>>> = {
  bundle: ([dir = '']) => bundleInto(dir),
  renderers: ([dir = '']) => putRenderers(dir),
  check: async ([dir = '', renderers = '']) => {
    await check({ words: entrypoint(dir) })
    await checkRenderers(renderers)
  },
}

if (import.meta.main) {
  const [name = '', ...dirs] = process.argv.slice(2)
  const step = Object.hasOwn(steps, name) ? steps[name] : undefined
  if (step === undefined || dirs.length !== (name === 'check' ? 2 : 1)) {
    console.error('usage: image-steps.ts bundle DIR | renderers DIR | check DIR RENDERERS')
    process.exitCode = 2
  } else await step(dirs.map((dir) => path.resolve(dir)))
}
