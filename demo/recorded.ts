import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { AuditRecord } from '../src/core/audit/record.ts'
import { factsOf } from './records.ts'
import type { Attempt, Stage } from './stage.ts'
import { Surprise } from './surprise.ts'
import type { Narrator } from './terminal.ts'
import type { Workspace } from './workspace.ts'

const directory = path.join(import.meta.dirname, 'recorded')

/** What `record.ts` writes beside the reviews. */
export interface Recording {
  readonly recordedAt: string
  readonly kubernetes: string
  /** When each attempt was made. */
  readonly times: Readonly<Record<string, string>>
}

interface Decided {
  readonly response: {
    readonly response: {
      readonly allowed: boolean
      readonly status?: { readonly message: string }
    }
  }
  readonly record: AuditRecord
}

export function recordingFile(id: string): string {
  return path.join(directory, `${id}.jsonl`)
}

export const recordingIndex = path.join(directory, 'index.json')

interface RecordedOptions {
  readonly workspace: Workspace
  readonly narrator: Narrator
}

/** The story from recorded AdmissionReviews, each decided now by `solewriter review`. */
export function recordedStage({ workspace, narrator }: RecordedOptions): Stage {
  const recording = JSON.parse(readFileSync(recordingIndex, 'utf8')) as Recording
  const decided = new Map<string, Decided>()
  return {
    async open() {
      const { kubernetes, recordedAt } = recording
      narrator.say(
        `There is none here. What kubectl asked of a Kubernetes ${kubernetes} on ${recordedAt.slice(0, 10)} was recorded in demo/recorded. Each recorded AdmissionReview is decided now, by the code that answers a cluster:`,
      )
      narrator.command('you', shownCommand(recording))
    },
    async attempt(attempt) {
      narrator.command(attempt.who, attempt.command)
      const answer = await decide(attempt)
      decided.set(attempt.id, answer)
      const { allowed, status } = answer.response.response
      const { git } = answer.record
      const why = git === null ? '' : `: ${git.repo}@${git.commit.slice(0, 12)} ${git.path ?? ''}`
      narrator.output(allowed ? `admitted${why}` : (status?.message ?? ''))
      const found = `${allowed ? 'admitted' : 'refused'}: ${answer.record.reason}`
      const expected = `${attempt.answer}: ${attempt.reason}`
      if (found !== expected) throw new Surprise(attempt.command, expected, found)
      narrator.checked(found)
    },
    look: () => Promise.resolve(),
    async showRecord(attempt) {
      narrator.say('One record for each decision. That of the apply:')
      const answer = decided.get(attempt.id)
      if (answer === undefined) throw new Surprise(attempt.command, 'to have been tried', 'nothing')
      narrator.facts(factsOf(answer.record))
      narrator.say(
        'On a cluster each record holds the hash of the one before it, and `solewriter audit verify` checks that: the demo without --recorded shows it.',
      )
    },
    decideAgain: () => Promise.resolve(),
    close: () => Promise.resolve(),
  }

  async function decide({ id, command }: Attempt): Promise<Decided> {
    const now = recording.times[id] ?? ''
    const review = `solewriter review -f "$REVIEW" --policy "$POLICY" --repo fleet="$FLEET" --now "$NOW"`
    const vars = {
      REVIEW: recordingFile(id),
      POLICY: workspace.policy,
      FLEET: workspace.fleet,
      NOW: now,
    }
    const { code, stdout, stderr } = await workspace.sh(`${review} -o json`, { vars })
    const [line = '', ...more] = stdout.trimEnd().split('\n')
    if (code === 0 && line !== '' && more.length === 0) return JSON.parse(line) as Decided
    throw new Surprise(command, 'one decision', `exit code ${code}: ${stderr}`)
  }
}

function shownCommand({ recordedAt }: Recording): string {
  return [
    'solewriter review -f demo/recorded/alice-create.jsonl --policy demo/policy.yaml \\',
    `      --repo fleet=fleet --now ${recordedAt} -o json`,
  ].join('\n')
}
