import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { AuditRecord } from '../src/core/audit/record.ts'
import { factsOf } from './records.ts'
import type { Attempt, Stage } from './stage.ts'
import { Surprise } from './surprise.ts'
import type { Narrator } from './terminal.ts'
import type { Workspace } from './workspace.ts'

const directory = path.join(import.meta.dirname, 'recorded')

export const recordingIndex = path.join(directory, 'index.json')

/** What `record.ts` writes beside the reviews. */
export interface Recording {
  readonly recordedAt: string
  readonly kubernetes: string
  /** When each attempt was made. */
  readonly times: Readonly<Record<string, string>>
}

export function recordingFile(id: string): string {
  return path.join(directory, `${id}.jsonl`)
}

/** What `solewriter review -o json` prints for one review. */
interface Decided {
  readonly response: {
    readonly response: {
      readonly allowed: boolean
      readonly status?: { readonly message: string }
    }
  }
  readonly record: AuditRecord
}

interface RecordedOptions {
  readonly workspace: Workspace
  readonly narrator: Narrator
}

/** The story from recorded AdmissionReviews, each decided now by `solewriter review`. */
export class RecordedStage implements Stage {
  readonly isLive = false
  readonly #options: RecordedOptions
  readonly #recording = JSON.parse(readFileSync(recordingIndex, 'utf8')) as Recording
  readonly #records = new Map<string, AuditRecord>()

  constructor(options: RecordedOptions) {
    this.#options = options
  }

  open(): Promise<void> {
    const { narrator } = this.#options
    const { kubernetes, recordedAt } = this.#recording
    narrator.say(
      `There is none here. What kubectl asked of a Kubernetes ${kubernetes} on ${recordedAt.slice(0, 10)} was recorded in demo/recorded. Each recorded AdmissionReview is decided now, by the code that answers a cluster:`,
    )
    narrator.command(
      'you',
      [
        'solewriter review -f demo/recorded/alice-create.jsonl --policy demo/policy.yaml \\',
        `      --repo fleet=fleet --now ${recordedAt} -o json`,
      ].join('\n'),
    )
    return Promise.resolve()
  }

  async attempt(attempt: Attempt): Promise<void> {
    const { narrator } = this.#options
    narrator.command(attempt.who, attempt.command)
    const { response, record } = await this.#decide(attempt)
    const { allowed, status } = response.response
    const { git } = record
    const why = git === null ? '' : `: ${git.repo}@${git.commit.slice(0, 12)} ${git.path ?? ''}`
    narrator.output(allowed ? `admitted${why}` : (status?.message ?? ''))
    const found = `${allowed ? 'admitted' : 'refused'}: ${record.reason}`
    const expected = `${attempt.answer}: ${attempt.reason}`
    if (found !== expected) throw new Surprise(attempt.command, expected, found)
    this.#records.set(attempt.id, record)
    narrator.checked(found)
  }

  look(): Promise<void> {
    return Promise.resolve()
  }

  type(): Promise<string> {
    return Promise.resolve('')
  }

  showRecord({ id, command }: Attempt): Promise<void> {
    const { narrator } = this.#options
    const record = this.#records.get(id)
    if (record === undefined) throw new Surprise(command, 'to have been tried', 'nothing')
    narrator.say('One record for each decision. That of the apply:')
    narrator.facts(factsOf(record))
    narrator.say(
      'On a cluster each record holds the hash of the one before it, and `solewriter audit verify` checks that: the demo without --recorded shows it.',
    )
    return Promise.resolve()
  }

  decideAgain(): Promise<void> {
    return Promise.resolve()
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  async #decide({ id, command }: Attempt): Promise<Decided> {
    const { workspace } = this.#options
    const vars = { REVIEW: recordingFile(id), NOW: this.#recording.times[id] ?? '' }
    const { code, stdout, stderr } = await workspace.sh(
      'solewriter review -f "$REVIEW" --policy policy.yaml --repo fleet=fleet --now "$NOW" -o json',
      { vars },
    )
    const [line = '', ...more] = stdout.trimEnd().split('\n')
    if (code === 0 && line !== '' && more.length === 0) return JSON.parse(line) as Decided
    throw new Surprise(command, 'one decision', `exit code ${code}: ${stderr}`)
  }
}
