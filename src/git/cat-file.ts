import type { ChildProcess } from 'node:child_process'
import { GuardError } from '../core/errors.ts'
import { killGroup, spawnGroup } from '../processes/here.ts'
import { BatchAnswers, type BatchAnswer } from './batch-answers.ts'
import { orderOf, type GitProgram } from './run.ts'

export interface ObjectInfo {
  readonly type: string
  readonly size: number
}

export interface GitObject extends ObjectInfo {
  readonly bytes: Buffer
}

interface Question {
  readonly oid: string
  readonly resolve: (answer: BatchAnswer | undefined) => void
  readonly reject: (error: GuardError) => void
}

const patience = 30_000
/** A store that cannot be opened must not cost one process per question. */
const pauseAfterDeath = 1000

/** One long-lived `git cat-file --batch-command`: a question costs microseconds, not a process. */
export class CatFile {
  readonly #program: GitProgram
  readonly #gitDir: string
  readonly #waiting: Question[] = []
  #child: ChildProcess | undefined
  #answers = new BatchAnswers()
  #watchdog: NodeJS.Timeout | undefined
  #diedAt = -Infinity
  #isClosed = false

  constructor(program: GitProgram, gitDir: string) {
    this.#program = program
    this.#gitDir = gitDir
  }

  async info(oid: string): Promise<ObjectInfo | undefined> {
    return this.#ask('info', oid)
  }

  /** For objects whose size is known to be bearable. */
  async contents(oid: string): Promise<GitObject | undefined> {
    const answer = await this.#ask('contents', oid)
    return answer === undefined ? undefined : { ...answer, bytes: answer.bytes ?? Buffer.alloc(0) }
  }

  /** Ends the process, after the answers it still owes. */
  async close(): Promise<void> {
    this.#isClosed = true
    const child = this.#child
    if (child === undefined) return
    const ended = new Promise((resolve) => child.once('close', resolve))
    child.stdin?.end()
    await ended
  }

  #ask(command: 'info' | 'contents', oid: string): Promise<BatchAnswer | undefined> {
    // The input is lines: a line break in a name would shift every later answer by one.
    if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(oid)) {
      return Promise.reject(new GuardError('GitFailed', 'not a full object id'))
    }
    return new Promise((resolve, reject) => {
      const child = this.#running()
      if (child === undefined) {
        reject(new GuardError('GitFailed', 'git cat-file is not running'))
        return
      }
      this.#waiting.push({ oid, resolve, reject })
      if (this.#waiting.length === 1) this.#watch(child)
      this.#answers.expect(command)
      child.stdin?.write(`${command} ${oid}\n`)
    })
  }

  #running(): ChildProcess | undefined {
    if (this.#child !== undefined) return this.#isClosed ? undefined : this.#child
    if (this.#isClosed || performance.now() - this.#diedAt < pauseAfterDeath) return undefined
    const args = ['cat-file', '--batch-command']
    const child = spawnGroup(orderOf(this.#program, { args, gitDir: this.#gitDir }), 'pipe')
    this.#child = child
    this.#answers = new BatchAnswers()
    // What a broken pipe means is told by the end of the process.
    child.stdin?.on('error', () => undefined)
    child.stderr?.resume()
    child.stdout?.on('data', (chunk: Buffer) => this.#receive(child, chunk))
    child.once('error', () => this.#bury(child))
    child.once('close', () => this.#bury(child))
    return child
  }

  #receive(child: ChildProcess, chunk: Buffer): void {
    for (const answer of this.#answers.push(chunk)) {
      const question = this.#waiting.shift()
      if (question === undefined || answer.oid !== question.oid) {
        question?.reject(new GuardError('GitFailed', 'git cat-file answered another question'))
        killGroup(child)
        return
      }
      question.resolve(answer.type === 'missing' ? undefined : answer)
      this.#watch(child)
    }
  }

  /** Armed while an answer is due, and again after each one. */
  #watch(child: ChildProcess): void {
    clearTimeout(this.#watchdog)
    if (this.#waiting.length === 0) return
    this.#watchdog = setTimeout(() => killGroup(child), patience)
  }

  #bury(child: ChildProcess): void {
    if (this.#child !== child) return
    this.#child = undefined
    this.#diedAt = performance.now()
    clearTimeout(this.#watchdog)
    for (const { reject } of this.#waiting.splice(0)) {
      reject(new GuardError('GitFailed', 'git cat-file ended before it answered'))
    }
  }
}
