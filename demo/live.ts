import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startCluster, type Cluster } from '../test/cluster/cluster.ts'
import type { Outcome } from '../test/cluster/run.ts'
import type { AuditRecord } from '../src/core/audit/record.ts'
import { recorderName, startRecorder, type RecordedReview } from './recorder.ts'
import { factsOf, recordsOf } from './records.ts'
import type { Attempt, Look, Person, Stage } from './stage.ts'
import { Surprise } from './surprise.ts'
import type { Narrator } from './terminal.ts'
import type { Workspace } from './workspace.ts'

const patienceMs = 60_000

/** An attempt as it went: what was asked, and the record of the answer. */
export interface Answered {
  readonly review: RecordedReview
  readonly record: AuditRecord
}

export interface LiveStage extends Stage {
  readonly answered: ReadonlyMap<string, Answered>
  readonly cluster: () => Cluster | undefined
}

export interface LiveOptions {
  readonly workspace: Workspace
  readonly narrator: Narrator
  readonly name: string
  /** It goes on when the demo has ended. */
  readonly isKept: boolean
}

/** The story on a real control plane, by the real kubectl. */
export function liveStage({ workspace, narrator, name, isKept }: LiveOptions): LiveStage {
  const answered = new Map<string, Answered>()
  let cluster: Cluster | undefined
  let recorder: Awaited<ReturnType<typeof startRecorder>> | undefined

  const runAs = (who: Person | 'admin', command: string): Promise<Outcome> =>
    workspace.sh(command, { vars: { KUBECONFIG: cluster?.kubeconfigs[who] ?? '' } })
  const runShown = async (who: Person | 'you', command: string): Promise<Outcome> => {
    narrator.command(who, command)
    const outcome = who === 'you' ? await workspace.sh(command) : await runAs(who, command)
    narrator.output(outcome.stdout + outcome.stderr)
    return outcome
  }

  return {
    answered,
    cluster: () => cluster,
    async open() {
      narrator.say(
        'It holds what the first commit declares already, as on the day on which solewriter comes. It has no nodes: Pods stay Pending, and who may write is decided before.',
      )
      const startedAt = performance.now()
      cluster = await startCluster({
        name,
        with: ['webhook'],
        policy: workspace.policy,
        setup: [path.join(workspace.fleet, 'shop')],
        repositories: { fleet: workspace.fleet },
        isBoundToParent: !isKept,
        progress: (line) => narrator.progress(line),
      })
      equip(workspace, cluster)
      recorder = await startRecorder()
      const { configuration, isAsked } = recorder
      writeFileSync(path.join(workspace.dir, 'recorder.json'), JSON.stringify(configuration))
      await runAs('admin', 'kubectl apply -f recorder.json')
      await until('the recorder to be asked', async () => {
        await runAs('alice', 'kubectl auth whoami')
        return isAsked()
      })
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
      narrator.checked(`up in ${seconds} s: etcd, kube-apiserver, kube-controller-manager, serve`)
    },
    async attempt(attempt) {
      const records = () => recordsOf(path.join(workspace.dir, 'records'), attempt.who)
      const [reviewsBefore, recordsBefore] = [recorder?.reviews.length ?? 0, records().length]
      const outcome = await runShown(attempt.who, attempt.command)
      const record = records().slice(recordsBefore).at(-1)
      const review = recorder?.reviews.slice(reviewsBefore).at(-1)
      expectAnswer(attempt, outcome, record)
      if (review === undefined || record === undefined) {
        throw new Surprise(attempt.command, 'an AdmissionReview and its record', 'none')
      }
      answered.set(attempt.id, { review, record })
      narrator.checked(`${attempt.answer}: ${attempt.reason}`)
    },
    async look(look) {
      if (look.intro !== undefined) narrator.say(look.intro)
      const { stdout, stderr } = await lookUntil(look, (command) => runAs(look.who, command))
      narrator.command(look.who, look.command)
      narrator.output(stdout + stderr)
      narrator.checked(look.expected)
    },
    async showRecord(attempt) {
      const { record } = answerOf(attempt)
      narrator.say(
        'One record for each decision; an allow is answered when it is written. That of the apply:',
      )
      narrator.facts(factsOf(record))
      narrator.say('Each record holds the hash of the one before it:')
      await verify('solewriter audit verify records', { code: 0, text: /^ok: \d+ records/m })
      narrator.checked('nothing was changed, left out or put in')
      narrator.say('So nobody edits them unseen. A copy in which alice is bob, for one exec:')
      const forge = `sed '/"op":"CONNECT"/s/"user":"alice"/"user":"bob"/' records/*.jsonl`
      await verify(`${forge} \\\n      | solewriter audit verify -`, {
        code: 1,
        text: /^not ok/m,
      })
      narrator.checked('found out')
    },
    async decideAgain(attempt) {
      const { review, record } = answerOf(attempt)
      narrator.say(
        'Any AdmissionReview can be decided offline, by the same code: that tests a policy. In short:',
      )
      mkdirSync(path.join(workspace.dir, 'state'))
      await runAs('admin', 'kubectl get namespace kube-system -o yaml > state/kube-system.yaml')
      writeFileSync(path.join(workspace.dir, `${attempt.id}.json`), JSON.stringify(review))
      const command = [
        `solewriter review -f ${attempt.id}.json --policy policy.yaml --repo fleet=fleet \\`,
        `      --state state --now ${record.time} -o json`,
      ].join('\n')
      narrator.command('you', command)
      const { stdout, stderr } = await workspace.sh(command)
      narrator.output(stderr)
      const again = (JSON.parse(stdout) as { readonly record: AuditRecord }).record
      narrator.facts(factsOf(again).filter(([key]) => key !== 'commit' && key !== 'path'))
      const [expected, found] = [record, again].map(
        ({ decision, reason, decisionId }) => `${decision} ${reason} ${decisionId}`,
      )
      if (found !== expected) throw new Surprise(command, expected ?? '', found ?? '')
      narrator.checked('the answer of the cluster, down to the decision id')
    },
    async close() {
      if (isKept && recorder !== undefined) {
        await runAs('admin', `kubectl delete validatingwebhookconfiguration ${recorderName}`)
      }
      await recorder?.close()
    },
  }

  function answerOf({ id, command }: Attempt): Answered {
    const found = answered.get(id)
    if (found === undefined) throw new Surprise(command, 'to have been tried', 'nothing')
    return found
  }

  async function verify(
    command: string,
    expected: { readonly code: number; readonly text: RegExp },
  ): Promise<void> {
    const { code, stdout } = await runShown('you', command)
    if (code === expected.code && expected.text.test(stdout)) return
    const wanted = `exit code ${expected.code}, ${String(expected.text)}`
    throw new Surprise(command, wanted, `exit code ${code}`)
  }
}

function equip(workspace: Workspace, cluster: Cluster): void {
  workspace.addTool('kubectl', cluster.binaries.kubectl)
  symlinkSync(cluster.webhook?.records ?? '', path.join(workspace.dir, 'records'))
}

/** What kubectl said and what the record says must both be what was promised. */
function expectAnswer(attempt: Attempt, outcome: Outcome, record: AuditRecord | undefined): void {
  const { answer, reason, command } = attempt
  const isRefused = outcome.code === 1 && outcome.stderr.includes(`[${reason}]`)
  const isSeen = answer === 'refused' ? isRefused : outcome.code === 0
  const expected = `${answer === 'refused' ? 'deny' : 'allow'} ${reason}`
  const recorded = record === undefined ? 'no record' : `${record.decision} ${record.reason}`
  if (isSeen && recorded === expected) return
  const found = `exit code ${outcome.code}, record: ${recorded}`
  throw new Surprise(command, `${answer}, record: ${expected}`, found)
}

async function lookUntil(
  { command, expected, isAsExpected }: Look,
  run: (command: string) => Promise<Outcome>,
): Promise<Outcome> {
  let outcome = await run(command)
  const deadline = Date.now() + patienceMs
  while (!isAsExpected(outcome.stdout + outcome.stderr)) {
    if (Date.now() > deadline) {
      throw new Surprise(command, expected, outcome.stdout + outcome.stderr)
    }
    await sleep(300)
    outcome = await run(command)
  }
  return outcome
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + patienceMs
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Surprise('bringing up the cluster', what, 'nothing')
    await sleep(200)
  }
}
