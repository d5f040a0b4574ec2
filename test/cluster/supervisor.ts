import type { ChildProcess } from 'node:child_process'
import { mkdirSync, rmdirSync } from 'node:fs'
import { bringUp, type Closing } from './bring-up.ts'
import { Components } from './components.ts'
import { serveControl, type ControlRequest } from './control-socket.ts'
import { messageOf } from './failure.ts'
import {
  clustersDir,
  layoutOf,
  makeClustersDir,
  makeLayout,
  removeClusterDir,
  type Layout,
} from './layout.ts'
import { isCode } from './lock.ts'
import type { ClusterPlan } from './plan.ts'
import { readState, startingState, writeState, type ClusterState } from './state.ts'
import { tell } from './supervisor-message.ts'
import { dismissWatchdog, startWatchdog } from './watchdog.ts'

// Owns the processes and the directory of one cluster, in a process group of its own. It ends them
// in order when it is told to, when what the cluster cannot live without dies, and when the process
// it is bound to goes away. Should it be killed itself, its watchdog ends the group.

class Supervisor {
  readonly #plan: ClusterPlan
  readonly #layout: Layout
  readonly #watchdog: ChildProcess
  readonly #components: Components
  readonly #closing: Closing[] = []
  #state: ClusterState
  #isEnding = false

  constructor(plan: ClusterPlan) {
    this.#plan = plan
    this.#layout = layoutOf(plan.dir)
    this.#watchdog = startWatchdog(plan.dir, clustersDir())
    this.#state = startingState(plan.name, plan.dir)
    this.#components = new Components({
      logs: this.#layout.logs,
      onPids: (pids) => {
        this.#publish(pids)
      },
      onLost: (reason) => {
        this.end(reason)
      },
    })
  }

  async run(): Promise<void> {
    makeLayout(this.#layout)
    this.#publish({})
    this.#closing.push(serveControl(this.#layout.controlSocket, (request) => this.#act(request)))
    this.#watchdog.once('exit', () => {
      this.end('its watchdog died')
    })
    try {
      const ready = await bringUp({
        plan: this.#plan,
        layout: this.#layout,
        components: this.#components,
        progress: (line) => {
          void tell({ kind: 'progress', line })
        },
        onClose: (closing) => {
          this.#closing.push(closing)
        },
      })
      this.#state = ready
      this.#publish(this.#components.pids())
      await tell({ kind: 'ready', state: this.#state })
    } catch (error) {
      this.end(messageOf(error))
    }
  }

  /** The process that started us let go, or is gone: before we are ready that is the same. */
  onAlone(): void {
    if (this.#plan.isBoundToParent || this.#state.phase === 'starting')
      this.end('its owner is gone')
  }

  end(reason: string): void {
    if (this.#isEnding) return
    this.#isEnding = true
    void this.#finish(reason)
  }

  async #finish(reason: string): Promise<void> {
    await this.#components.close()
    for (const closing of this.#closing) closing.close()
    this.#removeDirectory()
    dismissWatchdog(this.#watchdog)
    await tell({ kind: 'failed', error: reason })
    process.exit(0)
  }

  async #act(request: ControlRequest): Promise<Record<string, number>> {
    if (request.verb === 'kill') await this.#components.kill(request.component, request.signal)
    else await this.#components.startAgain(request.component)
    return this.#components.pids()
  }

  #publish(pids: Record<string, number>): void {
    const own = { supervisor: process.pid, watchdog: this.#watchdog.pid ?? 0 }
    this.#state = { ...this.#state, pids: { ...own, ...pids } }
    writeState(this.#state)
  }

  #removeDirectory(): void {
    removeClusterDir(this.#plan.dir)
    try {
      rmdirSync(clustersDir())
    } catch {
      // Others are there.
    }
  }
}

/** The directory is the claim to the name. */
function claim(plan: ClusterPlan): boolean {
  makeClustersDir()
  try {
    mkdirSync(plan.dir, { mode: 0o700 })
    return true
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false
    throw error
  }
}

async function giveWay(plan: ClusterPlan): Promise<void> {
  const phase = readState(plan.dir)?.phase ?? 'starting'
  await tell({ kind: 'failed', error: `cluster ${plan.name} is there already (${phase})` })
  process.disconnect()
}

function supervise(plan: ClusterPlan): Promise<void> {
  const supervisor = new Supervisor(plan)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      supervisor.end('stopped')
    })
  }
  process.on('SIGHUP', () => undefined)
  process.on('disconnect', () => {
    supervisor.onAlone()
  })
  process.on('uncaughtException', (error) => {
    supervisor.end(messageOf(error))
  })
  return supervisor.run()
}

process.once('message', (plan: ClusterPlan) => {
  void (claim(plan) ? supervise(plan) : giveWay(plan))
})
