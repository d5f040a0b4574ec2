import { readdirSync, readFileSync } from 'node:fs'
import { run } from './run.ts'

/** Live processes one of whose arguments names the directory or something below it. */
export async function processesOf(dir: string): Promise<number[]> {
  const rows = process.platform === 'linux' ? fromProc() : await fromPs()
  return rows
    .filter(({ pid, command }) => pid !== process.pid && mentions(command, dir))
    .map(({ pid }) => pid)
}

interface Row {
  readonly pid: number
  readonly command: string
}

function mentions(command: string, dir: string): boolean {
  const end = `${command} `.split(dir).slice(1)
  // A name that only begins like ours is another cluster.
  return end.some((rest) => !/^[a-z0-9-]/.test(rest))
}

function fromProc(): Row[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((entry) => ({ pid: Number(entry), command: commandOf(entry) }))
}

function commandOf(entry: string): string {
  try {
    return readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}

async function fromPs(): Promise<Row[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,args='])
  return stdout.split('\n').map((line) => {
    const [pid = '', ...rest] = line.trim().split(/\s+/)
    return { pid: Number(pid), command: rest.join(' ') }
  })
}
