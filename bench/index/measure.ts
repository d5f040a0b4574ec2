import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Bar } from '../bars.ts'
import { bundle } from '../bundle.ts'
import {
  heapFlags,
  startLoad,
  startServer,
  type LoadProcess,
  type ServerProcess,
} from '../children.ts'
import { makeKeys } from '../keys.ts'
import { median } from '../measure.ts'
import type { IndexNews, Keys } from '../messages.ts'
import type { News, Order } from './messages.ts'
import { generateRepository } from './repository.ts'

export interface IndexResults {
  readonly files: number
  /** The same bytes, read in one thread. */
  readonly baseline: News
  readonly first: IndexNews
  readonly changes: readonly (IndexNews & { readonly files: number })[]
  /** p99 of reviews in milliseconds, by round. */
  readonly idle: readonly number[]
  readonly during: readonly number[]
  readonly peakMib: number
}

const reviewsPerSecond = 100
const secondsPerRound = 5
const rounds = 5

/** A repository of that many manifests, from its first commit to reviews while all of it changes. */
export async function measureIndex(
  files: number,
  say: (what: string) => void,
): Promise<IndexResults> {
  const directory = mkdtempSync(path.join(tmpdir(), 'solewriter-index-'))
  const programs = await bundle(new URL('./subject.ts', import.meta.url).href)
  const load = startLoad()
  try {
    const large = path.join(directory, 'large.git')
    mkdirSync(large)
    const { change } = await generateRepository(large, files)
    const commit = await change(1)
    say('one reading in one thread')
    const baseline = await readOnce({ directory: large, commit })
    say('the first index')
    const keys = await makeKeys(Date.now())
    const server = await startServer('our-server', {
      keys,
      programs,
      flags: heapFlags,
      args: [large],
    })
    try {
      const first = await server.index(commit)
      return {
        files,
        baseline,
        first,
        ...(await measureLater({ server, load, keys, files, change, say })),
      }
    } finally {
      await server.stop()
    }
  } finally {
    await Promise.all([load.stop(), programs.remove()])
    rmSync(directory, { recursive: true, force: true })
  }
}

interface Later {
  readonly server: ServerProcess
  readonly load: LoadProcess
  readonly keys: Keys
  readonly files: number
  readonly change: (files: number) => Promise<string>
  readonly say: (what: string) => void
}

async function measureLater(bench: Later) {
  const { server, files, change, say } = bench
  const changes = []
  for (const count of [1, 10, 100]) {
    say(`${count} changed files`)
    changes.push({ files: count, ...(await server.index(await change(count))) })
  }
  say('reviews while nothing is indexed')
  // A server runs for weeks: what is compiled on the way is not what it costs.
  await reviewRound(bench)
  const idle = []
  for (let round = 0; round < rounds; round += 1) idle.push(await reviewRound(bench))
  say('reviews while all of it is indexed again')
  const during = await reviewWhile(bench, server.index(await change(files)))
  const { peakKib } = await server.usage()
  return { changes, idle, during, peakMib: peakKib / 1024 }
}

/** Rounds that were over before the job was. */
async function reviewWhile(bench: Later, job: Promise<unknown>): Promise<readonly number[]> {
  let isOver = false
  const ended = job.then(() => (isOver = true))
  const found: number[] = []
  while (!isOver) {
    const p99 = await reviewRound(bench)
    if (!isOver || found.length === 0) found.push(p99)
  }
  await ended
  return found
}

async function reviewRound({ load, server, keys }: Later): Promise<number> {
  const { port } = server
  const streams = [{ body: 'declared 2 KB', connections: 32, rate: reviewsPerSecond }] as const
  const news = await load.run({ port, keys, seconds: secondsPerRound, streams })
  const [stream] = news.streams
  if (stream === undefined || stream.errors > 0) throw new Error('reviews were not answered')
  return stream.p99
}

async function readOnce(order: Order): Promise<News> {
  const child = fork(new URL('./baseline.ts', import.meta.url))
  const ended = once(child, 'exit').then(() => {
    throw new Error('the baseline ended before its answer')
  })
  child.send(order)
  const [news] = (await Promise.race([once(child, 'message'), ended])) as [News]
  child.kill()
  ended.catch(() => undefined)
  return news
}

export function indexBars({
  baseline,
  first,
  changes,
  idle,
  during,
  peakMib,
}: IndexResults): readonly Bar[] {
  const ten = changes.find(({ files }) => files === 10)
  return [
    {
      name: 'first index',
      value: first.milliseconds / baseline.milliseconds,
      most: 3,
      unit: 'x one reading',
    },
    { name: '10 changed files', value: ten?.milliseconds ?? NaN, most: 300, unit: 'ms' },
    {
      name: 'p99 of 2 KB while indexing',
      value: median(during) / median(idle),
      most: 2,
      unit: 'x idle',
    },
    { name: 'peak memory', value: peakMib, most: 400, unit: 'MiB' },
  ]
}

/** A table for people. */
export function indexRows(results: IndexResults): readonly (readonly string[])[] {
  const { files, baseline, first, changes, idle, during } = results
  const size = `${(baseline.bytes / 1024 ** 2).toFixed(0)} MiB`
  return [
    [`${files} manifests, ${size}`, 'ms', 'CPU ms'],
    ['ls-tree, cat-file, one parse', ...times(baseline)],
    ['first index', ...times(first)],
    ...changes.map((change) => [`${change.files} changed files`, ...times(change)]),
    ['p99 of 2 KB, idle', median(idle).toFixed(2), ''],
    ['p99 of 2 KB, indexing', median(during).toFixed(2), ''],
  ]
}

function times({ milliseconds, cpuMicros }: Pick<News, 'milliseconds' | 'cpuMicros'>) {
  return [milliseconds.toFixed(0), (cpuMicros / 1000).toFixed(0)]
}
