import type { Fleet } from './fleet.ts'
import { breakGlass } from './incident.ts'
import type { Attempt, Stage } from './stage.ts'
import type { Narrator } from './terminal.ts'
import type { Workspace } from './workspace.ts'

const human = { who: 'alice', answer: 'refused', reason: 'HumanWrite' } as const
const refused = { who: 'ci', answer: 'refused' } as const
const admitted = { who: 'ci', answer: 'admitted', reason: 'VerifiedCommit' } as const

/** What a pipeline does: say where the manifest comes from, then apply it. */
function applyFrom(commit: string, manifest = '-f fleet/shop/api.yaml'): string {
  return (
    `kubectl annotate --local ${manifest} -o yaml solewriter.dev/repo=fleet \\\n` +
    `      solewriter.dev/commit=$(git -C fleet rev-parse ${commit}) \\\n      | kubectl apply --server-side -f -`
  )
}

const scale: Attempt = {
  ...human,
  id: 'alice-scale',
  command: 'kubectl scale deployment web -n shop --replicas=0',
}

const byAlice: readonly Attempt[] = [
  {
    ...human,
    id: 'alice-create',
    command: 'kubectl create deployment debug -n shop --image=registry.example.com/debug',
  },
  scale,
  { ...human, id: 'alice-delete', command: 'kubectl delete deployment web -n shop' },
  { ...human, id: 'alice-exec', command: 'kubectl exec -n shop deployment/web -- sh' },
]

const apply: Attempt = { ...admitted, id: 'ci-apply', command: applyFrom('main') }

const unexplained: Attempt = {
  ...refused,
  id: 'ci-without-commit',
  reason: 'EvidenceMissing',
  command: 'kubectl apply --server-side -f fleet/shop/api.yaml',
}

const unmerged: Attempt = {
  ...refused,
  id: 'ci-unmerged',
  reason: 'CommitNotOnBranch',
  command: applyFrom('more-replicas'),
}

const undeclared: Attempt = {
  ...refused,
  id: 'ci-undeclared',
  reason: 'NotDeclared',
  command:
    'kubectl create configmap banner -n shop --dry-run=client -o yaml \\\n      | ' +
    applyFrom('main', '-f -'),
}

const tampered: Attempt = {
  ...refused,
  id: 'ci-tampered',
  reason: 'ContentMismatch',
  command:
    "sed 's#image: .*#image: registry.example.com/miner#' fleet/shop/api.yaml \\\n      | " +
    applyFrom('main', '-f -'),
}

const remove = 'kubectl delete deployment api -n shop'
const tooEarly: Attempt = {
  ...refused,
  id: 'ci-delete-declared',
  reason: 'StillDeclared',
  command: remove,
}
const inTime: Attempt = { ...admitted, id: 'ci-delete', command: remove }

/** Every write of the demo, in its order. */
export const attempts: readonly Attempt[] = [
  ...byAlice,
  apply,
  unexplained,
  unmerged,
  undeclared,
  tampered,
  tooEarly,
  inTime,
]

interface Theatre {
  readonly stage: Stage
  readonly fleet: Fleet
  readonly narrator: Narrator
  readonly workspace: Workspace
}

/** The whole demo. What is shown is checked; the first surprise ends it. */
export async function tell(theatre: Theatre): Promise<void> {
  const { stage, fleet, narrator, workspace } = theatre
  narrator.title('1  A Git repository says what the cluster shall be')
  await fleet.create()
  narrator.title('2  A cluster in which only Git writes')
  await stage.open()
  narrator.say('The policy: which repository counts, and who may apply it. All others are human.')
  narrator.command('you', 'cat policy.yaml')
  narrator.output((await workspace.sh('cat policy.yaml')).stdout)
  await humanTries(theatre)
  await gitChanges(theatre)
  await pipelineTries(theatre)
  await breakGlass(theatre)
  narrator.title('7  What is kept')
  await stage.showRecord(apply)
  await stage.decideAgain(scale)
}

async function humanTries({ stage, narrator }: Theatre): Promise<void> {
  narrator.title('3  A human changes the cluster')
  narrator.say(
    'alice may do everything, says RBAC. Which commit says so, asks solewriter: none does.',
  )
  await stage.look({
    who: 'alice',
    command: "kubectl auth can-i '*' '*' --all-namespaces",
    expected: 'cluster-admin',
    isAsExpected: (output) => output.trim() === 'yes',
  })
  for (const attempt of byAlice) await stage.attempt(attempt)
}

async function gitChanges({ stage, fleet, narrator }: Theatre): Promise<void> {
  narrator.title('4  Git changes the cluster')
  narrator.say(
    'A change is a commit on a branch that counts. The pipeline, ci, says which it applies.',
  )
  await fleet.addApi()
  await stage.attempt(apply)
  await stage.look({
    intro: 'From there on the control plane is at work: what its controllers need is built in.',
    ...lookAtApi,
    expected: 'a Deployment, a ReplicaSet and three Pods',
    isAsExpected: (output) => /^deployment[^]*^replicaset[^]*^pod[^]*^pod[^]*^pod/m.test(output),
  })
}

async function pipelineTries({ stage, fleet, narrator }: Theatre): Promise<void> {
  narrator.title('5  A pipeline is not trusted either')
  narrator.say('It forgets to say which commit:')
  await stage.attempt(unexplained)
  narrator.say('It names a commit that nobody merged:')
  await fleet.branchOff()
  await stage.attempt(unmerged)
  narrator.say('It names a good commit, which says nothing about this object:')
  await stage.attempt(undeclared)
  narrator.say('It names a good commit and applies something else:')
  await stage.attempt(tampered)
  narrator.say('It deletes what Git still declares:')
  await stage.attempt(tooEarly)
  narrator.say('Removed in Git, it may go:')
  await fleet.removeApi()
  await stage.attempt(inTime)
  await stage.look({
    intro: 'The garbage collector, built in as well, takes the ReplicaSet and the Pods along:',
    ...lookAtApi,
    expected: 'nothing left of api',
    isAsExpected: (output) => output.includes('No resources found'),
  })
}

const lookAtApi = {
  who: 'ci',
  command: 'kubectl get deployment,replicaset,pod -n shop -l app=api',
} as const
