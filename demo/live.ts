import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startCluster, type Cluster } from '../test/cluster/cluster.ts'
import type { Outcome } from '../test/cluster/run.ts'
import type { AuditRecord } from '../src/core/audit/record.ts'
import { expectAnswer } from './expect.ts'
import { recorderName, startRecorder, type RecordedReview, type Recorder } from './recorder.ts'
import { answerOf, factsOf, recordsOf } from './records.ts'
import type { Attempt, Look, Person, Stage, Step } from './stage.ts'
import { Surprise } from './surprise.ts'
import type { Narrator } from './terminal.ts'
import type { Workspace } from './workspace.ts'

const patienceMs = 60_000

/** An attempt as it went: what was asked, and the record of the answer. */
interface Answered {
  readonly review: RecordedReview
  readonly record: AuditRecord
}

export interface LiveOptions {
  readonly workspace: Workspace
  readonly narrator: Narrator
  readonly name: string
  /** It goes on when the demo has ended. */
  readonly isKept: boolean
}

/** The story on a real control plane, by the real kubectl. */
export class LiveStage implements Stage {
  readonly isLive = true
  readonly answered = new Map<string, Answered>()
  cluster: Cluster | undefined
  readonly #options: LiveOptions
  #recorder: Recorder | undefined

  constructor(options: LiveOptions) {
    this.#options = options
  }

  async open(): Promise<void> {
    const { workspace, narrator, name, isKept } = this.#options
    narrator.say(
      'It holds what the first commit declares already, as on the day on which solewriter comes. It has no nodes: Pods stay Pending, and who may write is decided before.',
    )
    const startedAt = performance.now()
    this.cluster = await startCluster({
      name,
      with: ['webhook'],
      policy: workspace.policy,
      setup: [path.join(workspace.fleet, 'shop')],
      repositories: { fleet: workspace.fleet },
      isBoundToParent: !isKept,
      progress: (line) => narrator.progress(line),
    })
    workspace.addTool('kubectl', this.cluster.binaries.kubectl)
    symlinkSync(this.cluster.webhook?.records ?? '', path.join(workspace.dir, 'records'))
    await this.#record()
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    narrator.checked(
      `up in ${seconds} s: etcd, kube-apiserver, kube-controller-manager, solewriter`,
    )
  }

  async attempt(attempt: Attempt): Promise<void> {
    const reviews = () => this.#recorder?.reviews ?? []
    const records = () => recordsOf(this.#path('records'), attempt.who)
    const [reviewsBefore, recordsBefore] = [reviews().length, records().length]
    const outcome = await this.#shown(attempt.who, attempt.command)
    const review = reviews().slice(reviewsBefore).at(-1)
    const record = (await settled(() => records().slice(recordsBefore))).at(-1)
    expectAnswer(attempt, outcome, record)
    if (review === undefined || record === undefined) {
      throw new Surprise(attempt.command, 'an AdmissionReview and its record', 'none')
    }
    this.answered.set(attempt.id, { review, record })
    this.#options.narrator.checked(`${attempt.answer}: ${attempt.reason}`)
  }

  async look(look: Look): Promise<void> {
    const { narrator } = this.#options
    if (look.intro !== undefined) narrator.say(look.intro)
    let shown = ''
    await until(look, async () => {
      const { stdout, stderr } = await this.#as(look.who, look.command)
      shown = stdout + stderr
      return look.isAsExpected(shown) ? undefined : shown
    })
    narrator.command(look.who, look.command)
    narrator.output(shown)
    narrator.checked(look.expected)
  }

  async type({ who, command, expected, isAsExpected }: Step): Promise<string> {
    const { code, stdout, stderr } = await this.#shown(who, command)
    const shown = stdout + stderr
    if (!isAsExpected(shown, code)) throw new Surprise(command, expected, `exit code ${code}`)
    this.#options.narrator.checked(expected)
    return shown
  }

  async showRecord(attempt: Attempt): Promise<void> {
    const { narrator } = this.#options
    narrator.say(
      'One record for each decision; an allow is answered when it is written. That of the apply:',
    )
    narrator.facts(factsOf(this.#answerOf(attempt).record))
    narrator.say('Each record holds the hash of the one before it:')
    const ok = { code: 0, text: /^ok: \d+ records/m }
    await this.#verify('solewriter audit verify records', ok)
    narrator.checked('nothing was changed, left out or put in')
    narrator.say('So nobody edits them unseen. A copy in which alice is bob, for one exec:')
    const forge = `sed '/"op":"CONNECT"/s/"user":"alice"/"user":"bob"/' records/*.jsonl`
    const notOk = { code: 1, text: /^not ok/m }
    await this.#verify(`${forge} \\\n      | solewriter audit verify -`, notOk)
    narrator.checked('found out')
  }

  async decideAgain(attempt: Attempt): Promise<void> {
    const { narrator, workspace } = this.#options
    const { review, record } = this.#answerOf(attempt)
    narrator.say(
      'Any AdmissionReview can be decided offline, by the same code: that tests a policy. It prints JSON; in short:',
    )
    mkdirSync(this.#path('state'))
    await this.#as('admin', 'kubectl get namespace kube-system -o yaml > state/kube-system.yaml')
    writeFileSync(this.#path(`${attempt.id}.json`), JSON.stringify(review))
    const command = [
      `solewriter review -f ${attempt.id}.json --policy policy.yaml --repo fleet=fleet \\`,
      `      --state state --now ${record.time} -o json`,
    ].join('\n')
    narrator.command('you', command)
    const { stdout, stderr } = await workspace.sh(command)
    narrator.output(stderr)
    const again = (JSON.parse(stdout) as { readonly record: AuditRecord }).record
    narrator.facts(factsOf(again).filter(([key]) => key !== 'commit' && key !== 'path'))
    const [expected, found] = [record, again].map((one) => `${answerOf(one)} ${one.decisionId}`)
    if (found !== expected) throw new Surprise(command, expected ?? '', found ?? '')
    narrator.checked('the answer of the cluster, down to the decision id')
  }

  async close(): Promise<void> {
    const isLeft = this.#options.isKept && this.#recorder !== undefined
    if (isLeft)
      await this.#as('admin', `kubectl delete validatingwebhookconfiguration ${recorderName}`)
    await this.#recorder?.close()
  }

  /** From now on we see what the API server asks about alice and ci. */
  async #record(): Promise<void> {
    const recorder = await startRecorder()
    this.#recorder = recorder
    writeFileSync(this.#path('recorder.json'), JSON.stringify(recorder.configuration))
    const command = 'kubectl apply -f recorder.json'
    const { stderr } = await this.#as('admin', command)
    await until({ command, expected: 'reviews to be recorded' }, async () => {
      await this.#as('alice', 'kubectl auth whoami')
      return recorder.isAsked() ? undefined : `none ${stderr}`
    })
  }

  async #verify(command: string, expected: { readonly code: number; readonly text: RegExp }) {
    const { code, stdout } = await this.#shown('you', command)
    if (code === expected.code && expected.text.test(stdout)) return
    const wanted = `exit code ${expected.code}, ${String(expected.text)}`
    throw new Surprise(command, wanted, `exit code ${code}`)
  }

  async #shown(who: Person | 'you', command: string): Promise<Outcome> {
    const { narrator } = this.#options
    narrator.command(who, command)
    const outcome = await this.#as(who, command)
    narrator.output(outcome.stdout + outcome.stderr)
    return outcome
  }

  /** `you` has no access to the cluster. */
  #as(who: Person | 'admin' | 'you', command: string): Promise<Outcome> {
    const mail = `${who}@example.com`
    const vars = {
      KUBECONFIG: this.cluster?.kubeconfigs[who] ?? '',
      GIT_AUTHOR_NAME: who,
      GIT_AUTHOR_EMAIL: mail,
      GIT_COMMITTER_NAME: who,
      GIT_COMMITTER_EMAIL: mail,
    }
    return this.#options.workspace.sh(command, { vars })
  }

  #answerOf({ id, command }: Attempt): Answered {
    const found = this.answered.get(id)
    if (found === undefined) throw new Surprise(command, 'to have been tried', 'nothing')
    return found
  }

  #path(name: string): string {
    return path.join(this.#options.workspace.dir, name)
  }
}

/** `look` answers what there is instead, or undefined once it is as expected. */
async function until(
  { command, expected }: { readonly command: string; readonly expected: string },
  look: () => Promise<string | undefined>,
): Promise<void> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    const instead = await look()
    if (instead === undefined) return
    if (Date.now() > deadline) throw new Surprise(command, expected, instead)
    await sleep(300)
  }
}

/** The record of a denial follows its answer: what has come and does not grow any more. */
async function settled<T>(read: () => readonly T[]): Promise<readonly T[]> {
  for (let looks = 0; looks < 100; looks += 1) {
    const found = read()
    await sleep(50)
    if (found.length > 0 && read().length === found.length) return found
  }
  return read()
}
