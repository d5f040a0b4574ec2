import { whileHolding } from '../../src/kubernetes/lease.ts'
import { connect } from '../../src/kubernetes/api.ts'
import { createLogTo } from '../../src/telemetry/log.ts'

// A process that wants the Lease: says `working` and `stopped`, and is told by signals when to end.

const [kubeconfig = '', identity = '', durationMs = ''] = process.argv.slice(2)
const ending = new AbortController()
process.once('SIGTERM', () => {
  ending.abort()
})

function say(word: string): void {
  process.stdout.write(`${word}\n`)
}

const api = connect({ kind: 'kubeconfig', files: [kubeconfig] })
await whileHolding(
  {
    api,
    namespace: 'default',
    name: 'contended',
    identity,
    now: Date.now,
    log: createLogTo(process.stderr, { level: 'info', now: Date.now }),
    durationMs: Number(durationMs),
    renewDeadlineMs: (Number(durationMs) * 2) / 3,
    retryMs: Number(durationMs) / 8,
  },
  async (signal) => {
    say('working')
    await new Promise((resolve) => {
      signal.addEventListener('abort', resolve, { once: true })
    })
    say('stopped')
  },
  ending.signal,
)
say('ended')
api.close()
