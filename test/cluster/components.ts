import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Component } from './component.ts'
import { Failure } from './failure.ts'

const pollMs = 100
const reviveAfterMs = 1_000
const politeMs = 8_000

interface Running {
  readonly child: ChildProcess
  readonly exited: Promise<void>
  /** Somebody asked for its end. */
  isWanted: boolean
}

interface ComponentsOptions {
  readonly logs: string
  readonly onPids: (pids: Record<string, number>) => void
  /** Something without which there is no cluster; with its last words. */
  readonly onLost: (reason: string) => void
}

/** The processes of a cluster, in the order of their first start; they end in reverse order. */
export class Components {
  readonly #options: ComponentsOptions
  readonly #known = new Map<string, Component>()
  readonly #running = new Map<string, Running>()
  #isClosed = false

  constructor(options: ComponentsOptions) {
    this.#options = options
  }

  /** Starts it and waits until it is ready. */
  async start(component: Component): Promise<void> {
    this.#known.set(component.name, component)
    const running = this.#spawn(component)
    const deadline = Date.now() + component.readyWithinMs
    while (!(await component.isReady())) {
      if (running.child.exitCode !== null || running.child.signalCode !== null) {
        throw new Failure(3, `${component.name} ended at its start:\n${this.#tail(component.name)}`)
      }
      if (Date.now() > deadline) {
        throw new Failure(3, `${component.name} is not ready:\n${this.#tail(component.name)}`)
      }
      await sleep(pollMs)
    }
  }

  /** Starts again what was killed, with the same arguments. */
  async startAgain(name: string): Promise<void> {
    const component = this.#find(name)
    if (this.#running.has(name)) throw new Failure(1, `${name} is running`)
    await this.start(component)
  }

  /** Ends it and waits for that; it stays away until it is started again. */
  async kill(name: string, signal: NodeJS.Signals): Promise<void> {
    this.#find(name)
    const running = this.#running.get(name)
    if (running === undefined) return
    running.isWanted = false
    running.child.kill(signal)
    const timer = setTimeout(() => running.child.kill('SIGKILL'), politeMs)
    await running.exited
    clearTimeout(timer)
  }

  /** Last started first: the API server before etcd, which it would wait for. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const name of [...this.#known.keys()].reverse()) await this.kill(name, 'SIGTERM')
  }

  pids(): Record<string, number> {
    const entries = [...this.#running].map(([name, { child }]) => [name, child.pid ?? 0] as const)
    return Object.fromEntries(entries)
  }

  #find(name: string): Component {
    const component = this.#known.get(name)
    if (component !== undefined) return component
    throw new Failure(2, `no component ${name}; there are ${[...this.#known.keys()].join(', ')}`)
  }

  #spawn(component: Component): Running {
    if (this.#isClosed) throw new Failure(3, 'the cluster is going down')
    const log = openSync(this.#logFile(component.name), 'a', 0o600)
    // Not detached: one signal to the supervisor's process group reaches every child of every child.
    const child = spawn(component.file, component.args, {
      stdio: ['ignore', log, log],
      env: component.env ?? process.env,
    })
    closeSync(log)
    const exited = new Promise<void>((resolve) => {
      child.once('error', () => {
        resolve()
      })
      child.once('exit', () => {
        resolve()
      })
    })
    const running: Running = { child, exited, isWanted: true }
    this.#running.set(component.name, running)
    void exited.then(() => this.#onExit(component, running))
    this.#options.onPids(this.pids())
    return running
  }

  async #onExit(component: Component, running: Running): Promise<void> {
    if (this.#running.get(component.name) === running) this.#running.delete(component.name)
    this.#options.onPids(this.pids())
    if (!running.isWanted || this.#isClosed) return
    if (component.whenDead === 'end-cluster') {
      this.#options.onLost(`${component.name} died:\n${this.#tail(component.name)}`)
    }
    if (component.whenDead !== 'revive') return
    await sleep(reviveAfterMs)
    if (!this.#isClosed && !this.#running.has(component.name)) this.#spawn(component)
  }

  #logFile(name: string): string {
    return path.join(this.#options.logs, `${name}.log`)
  }

  #tail(name: string): string {
    const lines = readFileSync(this.#logFile(name), 'utf8').trimEnd().split('\n')
    return lines.slice(-15).join('\n')
  }
}
