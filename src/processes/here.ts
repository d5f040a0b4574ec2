import { spawn, type ChildProcess } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import type { End, Listener, Order, Running, Start } from './order.ts'

/** How long a pipe may stay open once everything that we know of has ended. */
const afterAllMs = 1000

/** From this process: the system copies its tables of memory for that, however short the program. */
export const startHere: Start = (order, listener) => {
  const child = spawnGroup(order)
  listen(child.stdout, listener.onOutput)
  listen(child.stderr, listener.onComplaint)
  if (child.pid !== undefined && order.isPatient === true) lower(child.pid)
  return { ended: endOf(child, order), kill: () => killGroup(child) }
}

/** For one that stays, and is asked through its input; the caller ends it. */
export function spawnGroup(
  { program, args, cwd, env, secret }: Order,
  stdin: 'ignore' | 'pipe' = 'ignore',
): ChildProcess {
  const child = spawn(program, args, {
    cwd,
    env,
    // A group of its own, so that whatever it starts dies with it.
    detached: true,
    stdio: [stdin, 'pipe', 'pipe', ...(secret === undefined ? [] : (['pipe'] as const))],
  })
  const channel = child.stdio[3] as Writable | null | undefined
  // Nobody has to read it.
  channel?.on('error', () => undefined)
  channel?.end(secret)
  return child
}

function listen(stream: Readable | null, take: Listener['onOutput']): void {
  stream?.on('data', (chunk: Buffer) => {
    const taken = take(chunk)
    if (taken === undefined) return
    stream.pause()
    void taken.finally(() => stream.resume())
  })
}

function endOf(child: ChildProcess, { stragglersMs }: Order): Running['ended'] {
  return new Promise<End>((resolve, reject) => {
    child.once('error', reject)
    const timers: NodeJS.Timeout[] = []
    child.once('exit', () => {
      timers.push(
        setTimeout(() => killGroup(child), stragglersMs),
        // What has left the group may hold its pipes for ever.
        setTimeout(() => letGo(child), stragglersMs + afterAllMs),
      )
    })
    child.once('close', (code, signal) => {
      for (const timer of timers) clearTimeout(timer)
      killGroup(child)
      resolve({ code, signal })
    })
  })
}

export function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // The group is gone.
  }
}

function letGo({ stdout, stderr }: ChildProcess): void {
  stdout?.destroy()
  stderr?.destroy()
}

function lower(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW)
  } catch {
    // It has ended already.
  }
}
