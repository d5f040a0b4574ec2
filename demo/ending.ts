import { existsSync } from 'node:fs'
import { takeDown } from '../test/cluster/directory.ts'
import { clusterDir } from '../test/cluster/layout.ts'
import { processesOf } from '../test/cluster/process-table.ts'
import type { Sink } from './terminal.ts'
import type { Workspace } from './workspace.ts'

const interrupted = 130
/** npm passes on what the terminal has sent to us already. */
const sameSignalMs = 1000
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export interface Ending {
  /** Ends the cluster of that name, if there is one, and removes the workspace; once. */
  cleanUp(): Promise<void>
}

/** The first signal ends everything in order, a second one this process at once. */
export function prepareEnding(clusterName: string, workspace: Workspace, output: Output): Ending {
  let cleaned: Promise<void> | undefined
  const cleanUp = () => (cleaned ??= remove(clusterName, workspace))
  let endingSince: number | undefined
  const end = () => {
    if (endingSince !== undefined) {
      if (performance.now() - endingSince > sameSignalMs) process.exit(interrupted)
      return
    }
    endingSince = performance.now()
    output.write('\ninterrupted: cleaning up\n')
    output.mute()
    void cleanUp().finally(() => process.exit(interrupted))
  }
  for (const signal of signals) process.on(signal, end)
  process.stdout.on('error', () => {
    // `| head` has read enough.
    output.mute()
    end()
  })
  return { cleanUp }
}

/** Standard output until there is nothing more to say: what is cut off midway would complain. */
export class Output implements Sink {
  readonly isTTY = process.stdout.isTTY === true
  #isMuted = false

  get columns(): number | undefined {
    return this.isTTY ? process.stdout.columns : undefined
  }

  write(text: string): void {
    if (!this.#isMuted) process.stdout.write(text)
  }

  mute(): void {
    this.#isMuted = true
  }
}

async function remove(clusterName: string, workspace: Workspace): Promise<void> {
  if (existsSync(clusterDir(clusterName))) await takeDown(clusterName)
  // A build under way writes to a file that has our pid in its name.
  for (const pid of await processesOf(`.${process.pid}.tmp`)) process.kill(pid, 'SIGINT')
  workspace.remove()
}
