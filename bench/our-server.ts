import { createAdmissionServer } from '../src/server/admission.ts'
import { createLog } from '../src/telemetry/log.ts'
import { createMetrics } from '../src/telemetry/metrics.ts'
import { callerName, type Keys, type ServerNews, type ServerOrder } from './messages.ts'
import type { CreateSubject } from './subject.ts'
import { readUsage } from './usage.ts'

process.on('message', (order: ServerOrder) => {
  if (order.kind === 'start') void start(order.keys, order.subject)
  if (order.kind === 'usage') tell({ kind: 'usage', usage: readUsage() })
})

async function start(keys: Keys, subject: string): Promise<void> {
  const { createSubject } = (await import(subject)) as { readonly createSubject: CreateSubject }
  const server = createAdmissionServer({
    ...(await createSubject()),
    listen: { host: '127.0.0.1', port: 0 },
    tls: keys.server,
    callerAuth: { kind: 'mtls', clientCaPem: keys.authorityPem, names: [callerName] },
    metrics: createMetrics(),
    log: createLog({ level: 'info', descriptor: 2, now: Date.now }),
    now: () => performance.now(),
  })
  tell({ kind: 'listening', ...(await server.start()) })
}

function tell(news: ServerNews): void {
  process.send?.(news)
}
