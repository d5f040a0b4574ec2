import { spawn } from 'node:child_process'
import { parseAllDocuments } from 'yaml'
import type { News, Order } from './messages.ts'

// The least that anybody does to know what a commit holds: list the tree, read each blob, parse it
// once, in one thread.

process.on('message', (order: Order) => {
  void run(order)
})

async function run({ directory, commit }: Order): Promise<void> {
  const startedAt = performance.now()
  const cpu = process.cpuUsage()
  const listing = await git(directory, ['ls-tree', '-r', '-z', commit], '')
  const oids = listing
    .toString()
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => line.split(/[ \t]/)[2] ?? '')
  const bytes = await git(directory, ['cat-file', '--batch'], `${oids.join('\n')}\n`)
  let objects = 0
  let from = 0
  while (from < bytes.length) {
    const end = bytes.indexOf(0x0a, from)
    const size = Number(bytes.toString('latin1', from, end).split(' ')[2])
    const text = bytes.toString('utf8', end + 1, end + 1 + size)
    for (const document of parseAllDocuments(text)) {
      document.toJS()
      objects += 1
    }
    from = end + 1 + size + 1
  }
  const milliseconds = performance.now() - startedAt
  const { user, system } = process.cpuUsage(cpu)
  const news: News = { milliseconds, cpuMicros: user + system, bytes: bytes.length, objects }
  process.send?.(news)
}

async function git(cwd: string, args: readonly string[], input: string): Promise<Buffer> {
  const child = spawn('git', args, { cwd, stdio: ['pipe', 'pipe', 'inherit'] })
  // One that needs no input may have ended by now.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const chunks: Buffer[] = []
  for await (const chunk of child.stdout) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
