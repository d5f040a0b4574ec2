import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { barsOf, isMet, type Results } from './bars.ts'
import { bodyNames, declaredNames } from './bodies.ts'
import { bundle, type Bundle } from './bundle.ts'
import { startLoad, startServer } from './children.ts'
import { makeKeys } from './keys.ts'
import { measureBeside, measureBody, measureStorm, type Bench } from './measure.ts'
import { describe } from './report.ts'
import { measureWrites } from './writes.ts'

/**
 * As in the image. A small young generation keeps the resident memory down; an old one that starts
 * large spares the full collections which large bodies would cause every few reviews.
 */
const heapFlags = [
  '--max-semi-space-size=8',
  '--initial-old-space-size=96',
  '--max-old-space-size=256',
]

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    subject: { type: 'string' },
    'no-cluster': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (flags.help) {
  console.log(
    'npm run bench -- [--quick] [--no-cluster] [--subject FILE]   # FILE exports createSubject',
  )
} else {
  process.exitCode = await main()
}

async function main(): Promise<number> {
  const results = await measure()
  const bars = barsOf(results)
  console.log(describe(results, bars))
  const file = await save({
    at: new Date().toISOString(),
    cpu: cpus()[0]?.model,
    node: process.version,
    quick: flags.quick,
    results,
    bars,
  })
  console.log(`\nwritten to ${file}`)
  const missed = bars.filter((bar) => !isMet(bar))
  for (const bar of missed) console.error(`missed: ${bar.name}`)
  return missed.length > 0 ? 1 : 0
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
    const pace = flags.quick ? { seconds: 0.5, rounds: 3 } : { seconds: 2, rounds: 5 }
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
