import { parentPort } from 'node:worker_threads'
import type { ParseRequest } from '../../src/render/parse-worker.ts'

// A parsing thread that answers when the test opens the gate which it got for bytes.

parentPort?.on('message', ({ bytes, options }: ParseRequest<'manifests'>) => {
  const gate = new Int32Array(bytes.buffer)
  Atomics.store(gate, 1, 1)
  Atomics.wait(gate, 0, 0)
  parentPort?.postMessage({ objects: [], problems: [], names: [options.namespace] })
})
parentPort?.postMessage('ready')
