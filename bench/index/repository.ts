import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

// A repository of generated manifests, as large as those of fleets: 1 to 20 KB, 50 in a folder.

const perFolder = 50

export interface Generated {
  readonly directory: string
  /** Rewrites that many files in one commit, and answers its id. */
  readonly change: (files: number) => Promise<string>
}

export async function generateRepository(directory: string, files: number): Promise<Generated> {
  execFileSync('git', ['init', '-q', '--bare', '-b', 'main', directory], { env: environment })
  let round = 0
  const commands = function* (count: number): Generator<string> {
    const isFirst = round === 0
    yield `commit refs/heads/main\ncommitter bench <bench@example.com> ${1e9 + round} +0000\n`
    yield `data 5\nbench\n${isFirst ? '' : 'from refs/heads/main^0\n'}`
    for (let i = 0; i < count; i += 1) {
      // Changes are spread over the folders.
      const file = isFirst ? i : (i * 97) % files
      const text = manifest(file, round)
      yield `M 100644 inline ${fileName(file)}\ndata ${Buffer.byteLength(text)}\n${text}\n`
    }
  }
  const commit = async (count: number): Promise<string> => {
    const child = spawn('git', ['fast-import', '--quiet', '--force'], {
      cwd: directory,
      env: environment,
      stdio: ['pipe', 'ignore', 'inherit'],
    })
    // Not at once: a hundred thousand files are more than a string may hold.
    const closed = once(child, 'close')
    await pipeline(Readable.from(commands(count)), child.stdin)
    const [code] = (await closed) as [number]
    round += 1
    if (code !== 0) throw new Error(`git fast-import ended with code ${code}`)
    return execFileSync('git', ['rev-parse', 'main'], {
      cwd: directory,
      env: environment,
      encoding: 'utf8',
    }).trim()
  }
  await commit(files)
  return { directory, change: commit }
}

const environment = {
  PATH: process.env['PATH'],
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
}

function fileName(i: number): string {
  return `team-${Math.floor(i / perFolder)}/app-${i}.yaml`
}

/** Sizes between 1 and 20 KB, most of them small. */
function manifest(i: number, round: number): string {
  const variables = 8 + ((i * 7919) % 97) ** 2 / 42
  const containers = 1 + (i % 3)
  const lines = [
    'apiVersion: apps/v1',
    'kind: Deployment',
    'metadata:',
    `  name: app-${i}`,
    `  namespace: team-${Math.floor(i / perFolder)}`,
    `  labels: {app: app-${i}, round: "${round}"}`,
    'spec:',
    '  replicas: 3',
    '  selector:',
    `    matchLabels: {app: app-${i}}`,
    '  template:',
    '    metadata:',
    `      labels: {app: app-${i}}`,
    '    spec:',
    '      containers:',
  ]
  for (let c = 0; c < containers; c += 1) {
    lines.push(
      `      - name: c${c}`,
      `        image: registry.example.com/team/app-${i}:1.${round}.${c}`,
      '        ports: [{containerPort: 8080, name: http}]',
      '        resources:',
      '          requests: {cpu: 100m, memory: 128Mi}',
      '          limits: {memory: 256Mi}',
      '        readinessProbe:',
      '          httpGet: {path: /healthz, port: http}',
      '          periodSeconds: 5',
      '        env:',
    )
    for (let v = 0; v < variables / containers; v += 1) {
      lines.push(
        `        - name: SETTING_${v}`,
        `          value: "value ${v} of app ${i}, which is a text of usual length"`,
      )
    }
  }
  return `${lines.join('\n')}\n`
}
