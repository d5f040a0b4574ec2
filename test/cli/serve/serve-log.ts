import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

export interface LogLine {
  readonly level: string
  readonly time: string
  readonly event: string
  readonly [field: string]: unknown
}

const patience = 60_000

/** What a process writes: one JSON object for each event, and nothing to standard error. */
export class ServeLog {
  readonly #lines: string[] = []
  #complaints = ''

  constructor(child: ChildProcess) {
    assert.ok(child.stdout !== null && child.stderr !== null)
    createInterface(child.stdout).on('line', (line) => this.#lines.push(line))
    child.stderr.on('data', (chunk: Buffer) => {
      this.#complaints += chunk.toString()
    })
  }

  /** Standard error. */
  get complaints(): string {
    return this.#complaints
  }

  of(event: string): readonly LogLine[] {
    return this.#lines
      .filter((line) => line.includes(`"event":"${event}"`))
      .map((line) => JSON.parse(line) as LogLine)
  }

  count(event: string): number {
    return this.of(event).length
  }

  /** Waits for the line; what never comes fails the test. */
  async told(event: string, holds: (line: LogLine) => boolean = () => true): Promise<LogLine> {
    const deadline = Date.now() + patience
    for (;;) {
      const found = this.of(event).find(holds)
      if (found !== undefined) return found
      const last = this.#lines.slice(-5).join('\n')
      assert.ok(
        Date.now() < deadline,
        `no line ${event}; the last ones:\n${last}\n${this.#complaints}`,
      )
      await sleep(50)
    }
  }

  check(secrets: readonly string[]): void {
    // With `--to stdout` records stand between them.
    for (const line of this.#lines.filter((one) => !one.includes('"prev":"sha256:'))) {
      const { level, time, event } = JSON.parse(line) as LogLine
      assert.match(level, /^(?:debug|info|warn|error)$/)
      assert.equal(new Date(time).toISOString(), time)
      assert.match(event, /^[a-z]+(?:_[a-z]+)*$/)
      for (const secret of secrets) assert.ok(!line.includes(secret), line)
    }
    for (const secret of secrets) assert.ok(!this.#complaints.includes(secret), this.#complaints)
  }
}
