import path from 'node:path'
import { parsePolicy } from '../../src/core/policy/parse.ts'
import { openMirror, type Mirror } from '../../src/git/mirror.ts'
import { createIndex, type DeclaredIndex } from '../../src/render/declared-index.ts'
import { readUsage } from '../usage.ts'
import type { News, Order } from './messages.ts'

// The mirror and the index of the same repository, as `serve` keeps them. What is measured begins
// when the commit is in the mirror and ends when one of its objects is decidable.

const policyText = `apiVersion: solewriter.dev/v1alpha1
kind: Policy
metadata: {name: bench}
spec:
  repositories:
  - {name: fleet, url: "https://git.example.com/fleet.git", branches: [main], poll: 30m, maxStaleness: 3h, sources: [{path: .}]}
`

interface Opened {
  readonly mirror: Mirror
  readonly index: DeclaredIndex
}

let opened: Promise<Opened> | undefined

process.on('message', (order: Order) => {
  void answer(order).then((news) => process.send?.(news))
})

async function answer(order: Order): Promise<News> {
  if (order.kind === 'memory') return { ...nothing, kind: 'memory', peakMib: peakMib() }
  const { directory, commit } = order
  const { mirror, index } = await (opened ??= open(directory))
  await mirror.refresh(AbortSignal.timeout(600_000))
  const startedAt = performance.now()
  void index.keep('fleet', [commit])
  const id = { group: 'apps', kind: 'Deployment', namespace: 'team-0', name: 'app-0' }
  const query = { repository: 'fleet', commit, branches: ['main'], id }
  const found = await index.find(query, AbortSignal.timeout(1_200_000))
  if (found.kind !== 'declared') throw new Error(`app-0 is ${found.kind}`)
  const milliseconds = performance.now() - startedAt
  return { kind: 'index', milliseconds, objects: 0, peakMib: peakMib() }
}

const nothing = { milliseconds: 0, objects: 0 }

function peakMib(): number {
  return readUsage().peakKib / 1024
}

async function open(directory: string): Promise<Opened> {
  const parsed = parsePolicy(policyText, 'bench')
  if (parsed.kind === 'invalid') throw new Error('the policy of the benchmark is not good')
  const [settings] = parsed.policy.spec.repositories
  if (settings === undefined) throw new Error('the policy has no repository')
  const mirror = openMirror(settings, {
    mirrorDir: path.join(directory, '..', 'mirrors'),
    override: directory,
    searchPath: process.env['PATH'] ?? '',
    now: Date.now,
  })
  await mirror.start()
  const repositories = new Map([['fleet', { trees: mirror, sources: settings.sources }]])
  return { mirror, index: createIndex({ repositories, now: Date.now }) }
}
