import { readFileSync } from 'node:fs'
import type { Usage } from './messages.ts'

/** CPU of the whole process, threads of the garbage collector included, and its peak memory. */
export function readUsage(): Usage {
  const { user, system } = process.cpuUsage()
  const status = readFileSync('/proc/self/status', 'utf8')
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? '0'
  return { cpuMicros: user + system, peakKib: Number(peak) }
}
