import { EventEmitter, once } from 'node:events'
import path from 'node:path'
import type { IndexNews, ServerOrder } from '../messages.ts'
import { composeSubject, type Composed, type CreateSubject } from '../subject.ts'
import { readUsage } from '../usage.ts'

// The gate of the benchmark with one more repository, the directory of which is the first argument.
// What is measured begins when its mirror has the commit and ends when one object is decidable.

const [directory = ''] = process.argv.slice(2)
const more = `
  - {name: large, url: "https://git.example.com/acme/large.git", branches: [main], poll: 30m, maxStaleness: 3h, sources: [{path: .}]}`
const patience = 3_600_000

interface Moment {
  readonly at: number
  readonly cpuMicros: number
}

export const createSubject: CreateSubject = async () => {
  const arrivals = new EventEmitter()
  let arrived = now()
  const composed = await composeSubject({
    more,
    overrides: new Map([['large', directory]]),
    parent: path.dirname(directory),
    watch: (event, fields) => {
      const isArrival = event === 'branch_moved' || event === 'mirror_ready'
      if (!isArrival || fields?.['repository'] !== 'large') return
      arrived = now()
      arrivals.emit('arrival')
    },
  })
  process.on('message', (order: ServerOrder) => {
    if (order.kind !== 'index') return
    void index(composed, order.commit, arrivals).then(() => {
      const { at, cpuMicros } = now()
      const news: IndexNews = {
        kind: 'index',
        milliseconds: at - arrived.at,
        cpuMicros: cpuMicros - arrived.cpuMicros,
      }
      process.send?.(news)
    })
  })
  return composed.subject
}

function now(): Moment {
  return { at: performance.now(), cpuMicros: readUsage().cpuMicros }
}

async function index({ estate }: Composed, commit: string, arrivals: EventEmitter): Promise<void> {
  const mirror = estate.repositories.get('large')
  const signal = AbortSignal.timeout(patience)
  void mirror?.refresh(signal)
  // Its branch is moved some time before the visit to the remote is over.
  while (mirror?.tips().some((tip) => tip.commit === commit) !== true) {
    await once(arrivals, 'arrival', { signal })
  }
  const id = { group: 'apps', kind: 'Deployment', namespace: 'team-0', name: 'app-0' }
  const query = { repository: 'large', commit, branches: ['main'], id }
  const found = await estate.declarations.find(query, signal)
  if (found.kind !== 'declared') throw new Error(`app-0 is ${found.kind}`)
}
