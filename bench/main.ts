import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { auditBars, auditRows, measureAudit } from './audit.ts'
import { barsOf, isMet, type Bar, type Results } from './bars.ts'
import { bodyNames, declaredNames } from './bodies.ts'
import { breakGlassRows, measureBreakGlass } from './break-glass.ts'
import { bundle, type Bundle } from './bundle.ts'
import { heapFlags, startLoad, startServer } from './children.ts'
import { contentBars, measureContent } from './content.ts'
import { engineBars, engineRows, measureEngines } from './engines.ts'
import { indexBars, indexRows, measureIndex } from './index/measure.ts'
import { makeKeys } from './keys.ts'
import { measureBeside, measureBody, measureStorm, type Bench } from './measure.ts'
import { barTable, describe, table } from './report.ts'
import { measureScan, scanBars, scanRows } from './scan.ts'
import { measureWrites } from './writes.ts'

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    subject: { type: 'string' },
    'no-cluster': { type: 'boolean', default: false },
    content: { type: 'boolean', default: false },
    index: { type: 'boolean', default: false },
    engines: { type: 'boolean', default: false },
    audit: { type: 'boolean', default: false },
    'break-glass': { type: 'boolean', default: false },
    files: { type: 'string', default: '10000' },
    scan: { type: 'boolean', default: false },
    objects: { type: 'string', default: '50000' },
    help: { type: 'boolean', default: false },
  },
})

const usage = `npm run bench -- [--quick] [--no-cluster] [--subject FILE]   # FILE exports createSubject
npm run bench -- --content            # what comparing with Git costs
npm run bench -- --index [--files N]  # what a repository of N manifests costs
npm run bench -- --engines [--quick]  # what Flux and Argo CD wait for us
npm run bench -- --break-glass [--quick]  # what an SRE waits for
npm run bench -- --scan [--objects N]     # what comparing a cluster with Git costs`

if (flags.help) console.log(usage)
else process.exitCode = await main()

async function main(): Promise<number> {
  if (flags.content) {
    const results = measureContent()
    const bars = contentBars(results)
    return conclude({ results, bars, shown: barTable(bars) })
  }
  if (flags.index) {
    const results = await measureIndex(toCount('--files', flags.files), say)
    const bars = indexBars(results)
    return conclude({ results, bars, shown: `${table(indexRows(results))}\n\n${barTable(bars)}` })
  }
  if (flags.engines) {
    const pace = flags.quick ? { turns: 2, commitsPerTurn: 3 } : { turns: 6, commitsPerTurn: 8 }
    const results = await measureEngines(pace, say)
    const bars = engineBars(results)
    return conclude({ results, bars, shown: `${table(engineRows(results))}\n\n${barTable(bars)}` })
  }
  if (flags['break-glass']) {
    const pace = flags.quick ? { requests: 2, writes: 100 } : { requests: 5, writes: 400 }
    const results = await measureBreakGlass(pace, say)
    return conclude({ results, bars: [], shown: table(breakGlassRows(results)) })
  }
  if (flags.scan) {
    const results = await measureScan(toCount('--objects', flags.objects), say)
    const bars = scanBars(results)
    return conclude({ results, bars, shown: `${table(scanRows(results))}\n\n${barTable(bars)}` })
  }
  if (flags.audit) {
    const results = await measureAudit(flags.quick ? 250_000 : 500_000, say)
    const bars = auditBars(results)
    return conclude({ results, bars, shown: `${table(auditRows(results))}\n\n${barTable(bars)}` })
  }
  const results = await measure()
  const bars = barsOf(results)
  return conclude({ results, bars, shown: describe(results, bars) })
}

interface Conclusion {
  readonly results: object
  readonly bars: readonly Bar[]
  readonly shown: string
}

async function conclude({ results, bars, shown }: Conclusion): Promise<number> {
  console.log(shown)
  const file = await save({
    at: new Date().toISOString(),
    cpu: cpus()[0]?.model,
    node: process.version,
    flags,
    results,
    bars,
  })
  console.log(`\nwritten to ${file}`)
  const missed = bars.filter((bar) => !isMet(bar))
  for (const bar of missed) console.error(`missed: ${bar.name}`)
  return missed.length > 0 ? 1 : 0
}

function toCount(option: string, text: string): number {
  const count = Number(text)
  if (Number.isSafeInteger(count) && count >= 100) return count
  throw new Error(`${option} takes a number, at least 100`)
}

async function measure(): Promise<Results> {
  const subject =
    flags.subject === undefined
      ? new URL('./subject.ts', import.meta.url).href
      : pathToFileURL(path.resolve(flags.subject)).href
  const programs = await bundle(subject)
  try {
    return await measureServers(programs, subject)
  } finally {
    await programs.remove()
  }
}

async function measureServers(programs: Bundle, subject: string): Promise<Results> {
  const keys = await makeKeys(Date.now())
  const servers = {
    bare: await startServer('bare-server', { keys, programs, flags: [] }),
    ours: await startServer('our-server', { keys, programs, flags: heapFlags }),
  }
  const load = startLoad()
  try {
    const pace = flags.quick
      ? { seconds: 0.5, rounds: 3, warmUpSeconds: 3 }
      : { seconds: 1.5, rounds: 8, warmUpSeconds: 8 }
    const results = await measureAll({ servers, load, keys, ...pace })
    if (flags['no-cluster']) return results
    return {
      ...results,
      writes: await measureWrites({
        keys,
        programs,
        subject,
        ours: servers.ours,
        rounds: flags.quick ? 150 : 600,
        say,
      }),
    }
  } finally {
    await Promise.all([servers.bare.stop(), servers.ours.stop(), load.stop()])
  }
}

async function measureAll(bench: Bench): Promise<Results> {
  const bodies = []
  for (const body of [...bodyNames, ...declaredNames]) {
    say(`${body} reviews`)
    bodies.push(await measureBody(bench, body))
  }
  const large = bodies.find(({ body }) => body === '1 MB')
  if (large === undefined) throw new Error('there are no bodies')
  say('2 KB beside 1 MB')
  const beside = await measureBeside(bench, large)
  say('a storm of denials')
  await measureStorm(bench)
  const { peakKib } = await bench.servers.ours.usage()
  return { bodies, beside, peakMib: peakKib / 1024 }
}

async function save(results: object): Promise<string> {
  const directory = path.join(import.meta.dirname, 'results')
  await mkdir(directory, { recursive: true })
  const file = path.join(directory, `${new Date().toISOString().replaceAll(/[:.]/g, '-')}.json`)
  await writeFile(file, `${JSON.stringify(results, null, 2)}\n`)
  return path.relative(process.cwd(), file)
}

function say(what: string): void {
  console.error(`measuring ${what} ...`)
}
