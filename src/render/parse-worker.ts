import { parentPort } from 'node:worker_threads'
import { readManifestFile } from './file-reading.ts'

/** One file. The answer is a FileReading; whatever goes wrong ends the worker, and only it. */
export interface ParseRequest {
  readonly bytes: Uint8Array
  readonly namespace: string
}

parentPort?.on('message', ({ bytes, namespace }: ParseRequest) => {
  parentPort?.postMessage(readManifestFile(bytes, namespace))
})
parentPort?.postMessage('ready')
