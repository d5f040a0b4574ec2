import { readlinkSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import path from 'node:path'
import { parentPort } from 'node:worker_threads'
import { readers, type OptionsOf, type ReaderName } from './readers.ts'

/** One file. The answer is what the reader makes of it; whatever goes wrong ends the worker, and only it. */
export interface ParseRequest<R extends ReaderName = ReaderName> {
  readonly reader: R
  readonly bytes: Uint8Array
  readonly options: OptionsOf<R>
}

/** Reviews go before files. Linux has a priority for each thread; elsewhere it stays as it is. */
function lowerPriority(): void {
  try {
    const thread = Number(path.basename(readlinkSync('/proc/thread-self')))
    setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // Slower reviews while something is indexed, nothing else.
  }
}

lowerPriority()
parentPort?.on('message', ({ reader, bytes, options }: ParseRequest) => {
  const read: (bytes: Uint8Array, options: never) => unknown = readers[reader]
  parentPort?.postMessage(read(bytes, options as never))
})
parentPort?.postMessage('ready')
