import { keepOutbox } from '../../src/cli/controller/outbox.ts'
import { policyFile } from '../../src/config/policy-file.ts'
import { connect } from '../../src/kubernetes/api.ts'
import { createControllerMetrics } from '../../src/telemetry/controller-metrics.ts'
import { createLogTo } from '../../src/telemetry/log.ts'

// The outbox alone, as a process that can be killed, without a Lease to wait for. It says its metrics
// for each line that it reads.

const [kubeconfig = '', file = ''] = process.argv.slice(2)
const ending = new AbortController()
process.once('SIGTERM', () => {
  ending.abort()
  process.stdin.destroy()
})

const api = connect({ kind: 'kubeconfig', files: [kubeconfig] })
const policy = policyFile({ file, now: Date.now, pollEvery: 200 })
const metrics = createControllerMetrics()
process.stdin.on('data', () => {
  void metrics.exposition().then((text) => process.stdout.write(`${JSON.stringify(text)}\n`))
})
await policy.start()
await keepOutbox(
  {
    api,
    policy,
    metrics,
    instance: `keeper-${process.pid}`,
    now: Date.now,
    log: createLogTo(process.stderr, { level: 'info', now: Date.now }),
  },
  ending.signal,
)
await policy.stop()
api.close()
