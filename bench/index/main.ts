import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { News, Order } from './messages.ts'
import { generateRepository } from './repository.ts'

// `node bench/index/main.ts [--files N]`: how long a repository of that many manifests takes until its
// objects are decidable, against one reading of the same bytes in one thread.

const { values } = parseArgs({ options: { files: { type: 'string', default: '10000' } } })
const files = Number(values.files)
/** As in the image. */
const flags = ['--max-semi-space-size=8', '--max-old-space-size=256']
const directory = mkdtempSync(path.join(tmpdir(), 'solewriter-index-'))
try {
  console.log(`generating ${files} manifests ...`)
  const fleet = path.join(directory, 'fleet.git')
  mkdirSync(fleet)
  const { change } = await generateRepository(fleet, files)
  const first = await change(1)
  const baseline = fork(path.join(import.meta.dirname, 'baseline.ts'))
  const least = await ask(baseline, { kind: 'index', directory: fleet, commit: first })
  baseline.kill()
  console.log(
    `ls-tree, cat-file, one parse: ${seconds(least.milliseconds)} (${least.objects} objects)`,
  )
  const ours = fork(path.join(import.meta.dirname, 'ours.ts'), [], { execArgv: flags })
  try {
    const index = await ask(ours, { kind: 'index', directory: fleet, commit: first })
    const ratio = index.milliseconds / least.milliseconds
    console.log(
      `first index: ${seconds(index.milliseconds)}, ${ratio.toFixed(2)} times that (at most 3)`,
    )
    for (const count of [10, 1, 100]) {
      const commit = await change(count)
      const { milliseconds } = await ask(ours, { kind: 'index', directory: fleet, commit })
      console.log(
        `${count} changed files: ${milliseconds.toFixed(0)} ms${count === 10 ? ' (at most 300)' : ''}`,
      )
    }
    const { peakMib } = await ask(ours, { kind: 'memory' })
    console.log(`peak memory: ${peakMib.toFixed(0)} MiB (at most 400)`)
  } finally {
    ours.kill()
  }
} finally {
  rmSync(directory, { recursive: true, force: true })
}

async function ask(child: ChildProcess, order: Order): Promise<News> {
  const answer = once(child, 'message') as Promise<[News]>
  const ended = once(child, 'exit').then(() => {
    throw new Error('a child ended before its answer')
  })
  child.send(order)
  const [news] = await Promise.race([answer, ended])
  return news
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`
}
