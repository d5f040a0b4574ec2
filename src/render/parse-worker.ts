import { parentPort } from 'node:worker_threads'
import { readers, type ReaderName } from './readers.ts'

/** One file. The answer is what the reader makes of it; whatever goes wrong ends the worker, and only it. */
export interface ParseRequest {
  readonly reader: ReaderName
  readonly bytes: Uint8Array
  readonly namespace: string
}

parentPort?.on('message', ({ reader, bytes, namespace }: ParseRequest) => {
  parentPort?.postMessage(readers[reader](bytes, namespace))
})
parentPort?.postMessage('ready')
