import type { BodyName } from './bodies.ts'
import type { LoadProcess, ServerProcess } from './children.ts'
import type { Keys, LoadNews, Stream } from './messages.ts'

type Name = 'bare' | 'ours'

export interface Bench {
  readonly servers: Readonly<Record<Name, ServerProcess>>
  readonly load: LoadProcess
  readonly keys: Keys
  readonly seconds: number
  readonly rounds: number
  /** A server runs for weeks: what is compiled in its first seconds is not what it costs. */
  readonly warmUpSeconds: number
}

/** One server under one load. */
export interface Sample {
  readonly perSecond: number
  readonly cpuMicros: number
  readonly p50: number
  readonly p99: number
}

export interface Pair {
  readonly bare: Sample
  readonly ours: Sample
  /** Of runs that followed each other: moods of the machine last for seconds, and meet both. */
  readonly cpuRatio: number
}

export interface BodyResult {
  readonly body: BodyName
  readonly full: Pair
  /** Both at half of what ours managed. */
  readonly half: Pair
  readonly answer: readonly [number, number]
}

const connections: Readonly<Record<BodyName, number>> = {
  '2 KB': 16,
  '20 KB': 16,
  '1 MB': 4,
  'declared 2 KB': 16,
  'declared 20 KB': 16,
  'declared 1 MB': 4,
}

export async function measureBody(bench: Bench, body: BodyName): Promise<BodyResult> {
  const [first] = (await runLoad(bench, 'ours', [{ body, connections: 1 }], 0.3)).streams
  if (first === undefined) throw new Error('the load generator measured nothing')
  await bench.servers.bare.setAnswerSize(first.answer[0])
  const stream = { body, connections: connections[body] }
  await compare({ ...bench, rounds: 1, seconds: bench.warmUpSeconds }, [stream])
  const full = await compare(bench, [stream])
  const rate = full.ours.perSecond / 2
  const half = await compare(bench, [{ body, connections: 32, rate }])
  return { body, full, half, answer: first.answer }
}

/** Small reviews on schedule while large ones come as fast as half of what the slower server manages. */
export async function measureBeside(bench: Bench, large: BodyResult): Promise<Pair> {
  const rate = Math.min(large.full.ours.perSecond, large.full.bare.perSecond) / 2
  // Only 200 samples a second: a short run would measure the moods of the machine.
  const longer = {
    ...bench,
    rounds: Math.max(bench.rounds, 5),
    seconds: Math.max(bench.seconds, 2),
  }
  return compare(longer, [
    { body: '2 KB', connections: 32, rate: 200 },
    { body: '1 MB', connections: 8, rate },
  ])
}

/** Every connection that the API server may open, denied as fast as it asks. */
export async function measureStorm(bench: Bench): Promise<void> {
  await runLoad(bench, 'ours', [
    { body: '2 KB', connections: 128 },
    { body: '20 KB', connections: 64 },
    { body: '1 MB', connections: 32 },
  ])
}

/** A B, B A, A B, ...: what else the machine does meets both. */
async function compare(bench: Bench, streams: readonly Stream[]): Promise<Pair> {
  const samples: Record<Name, Sample[]> = { bare: [], ours: [] }
  for (let round = 0; round < bench.rounds; round += 1) {
    const order: readonly Name[] = round % 2 === 0 ? ['bare', 'ours'] : ['ours', 'bare']
    for (const name of order) samples[name].push(await sample(bench, name, streams))
  }
  const cpuRatios = samples.ours.map(
    ({ cpuMicros }, round) => cpuMicros / (samples.bare[round]?.cpuMicros ?? NaN),
  )
  return {
    bare: summarize(samples.bare),
    ours: summarize(samples.ours),
    cpuRatio: median(cpuRatios),
  }
}

/** Latencies are those of the first stream, CPU is shared by all. */
async function sample(bench: Bench, name: Name, streams: readonly Stream[]): Promise<Sample> {
  const before = await bench.servers[name].usage()
  const news = await runLoad(bench, name, streams)
  const after = await bench.servers[name].usage()
  const [first] = news.streams
  if (first === undefined) throw new Error('the load generator measured nothing')
  const count = news.streams.reduce((sum, stream) => sum + stream.count, 0)
  return {
    perSecond: first.count / news.seconds,
    cpuMicros: (after.cpuMicros - before.cpuMicros) / count,
    p50: first.p50,
    p99: first.p99,
  }
}

async function runLoad(
  bench: Bench,
  name: Name,
  streams: readonly Stream[],
  seconds = bench.seconds,
): Promise<LoadNews> {
  const { port } = bench.servers[name]
  const news = await bench.load.run({ port, keys: bench.keys, seconds, streams })
  const errors = news.streams.reduce((sum, stream) => sum + stream.errors, 0)
  if (errors > 0) throw new Error(`${String(errors)} reviews were not answered with HTTP 200`)
  return news
}

/** Latencies are those of the calmest round: whatever else the machine does can only add to them. */
function summarize(samples: readonly Sample[]): Sample {
  return {
    perSecond: median(samples.map((each) => each.perSecond)),
    cpuMicros: median(samples.map((each) => each.cpuMicros)),
    p50: Math.min(...samples.map((each) => each.p50)),
    p99: Math.min(...samples.map((each) => each.p99)),
  }
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const [low, high] = [Math.floor((sorted.length - 1) / 2), Math.ceil((sorted.length - 1) / 2)]
  return ((sorted[low] ?? NaN) + (sorted[high] ?? NaN)) / 2
}
