import { startHere } from './here.ts'
import type { Report, Request } from './messages.ts'
import type { Running } from './order.ts'

// Starts programs for a process that is too large to do it quickly. It ends with that process, and
// whatever it has started ends with it.

const running = new Map<number, Running>()

process.on('message', (request: Request) => {
  if (request.kind === 'kill') running.get(request.id)?.kill()
  else start(request)
})
process.on('disconnect', () => {
  for (const one of running.values()) one.kill()
  process.exit()
})
// Whoever stops a group of processes means the one that we work for: it says when it is over.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)

function start({ id, order }: Extract<Request, { kind: 'start' }>): void {
  const one = startHere(order, {
    onOutput: (chunk) => tell({ kind: 'output', id, chunk }),
    onComplaint: (chunk) => tell({ kind: 'complaint', id, chunk }),
  })
  running.set(id, one)
  void one.ended
    .then(
      (end) => tell({ kind: 'ended', id, end }),
      (error: Error) => tell({ kind: 'failed', id, error }),
    )
    .finally(() => running.delete(id))
}

/** Resolves when it is on its way; that nobody takes it any more is told by the disconnection. */
function tell(report: Report): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(report, undefined, undefined, () => resolve())
  })
}
