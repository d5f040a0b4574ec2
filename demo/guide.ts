import type { Cluster } from '../test/cluster/cluster.ts'
import type { Narrator } from './terminal.ts'
import type { Workspace } from './workspace.ts'

// What the demo says around its story.

export interface Settings {
  readonly isKept: boolean
  readonly isRecorded: boolean
}

export const keptName = 'demo'
export const howToEnd = `npm run -s cluster -- down --name ${keptName}`

export function whatToExpect(narrator: Narrator, { isRecorded }: Settings): void {
  narrator.title('solewriter: only Git writes to the cluster')
  narrator.say(
    'solewriter is a validating admission webhook. It refuses every change of a Kubernetes cluster that it can trace neither to a commit nor to the control plane at its work. This demo makes a Git repository, then tries to get changes past it: as an administrator, as a pipeline, as a pipeline that lies.',
  )
  if (isRecorded) return
  narrator.say(
    'It runs a real control plane on loopback: etcd, kube-apiserver, kube-controller-manager, the real kubectl, no containers. The first time it has to get them: a download, or else a build from the published Go modules (about 7 minutes on 2 cores, with progress). Then it takes less than a minute. Ctrl-C ends it; nothing is left either way. `npm run demo -- --recorded` needs none of that.',
  )
}

export function howToUse(narrator: Narrator, cluster: Cluster, workspace: Workspace): void {
  const { alice = '', ci = '' } = cluster.kubeconfigs
  narrator.title('It is still running')
  narrator.say('kubectl and solewriter are in its directory. To be alice, or the pipeline:')
  narrator.output(`cd ${workspace.dir} && export PATH=$PWD/bin:$PATH`)
  narrator.output(`export KUBECONFIG=${alice}`)
  narrator.output(`export KUBECONFIG=${ci}`)
  narrator.say(
    'fleet/ is the repository, policy.yaml the policy (edit it: it is read again), records/ the records.',
  )
  narrator.say('To end it:')
  narrator.output(howToEnd)
  narrator.output(`rm -r ${workspace.dir}`)
}

export function whatNext(narrator: Narrator, isRecorded: boolean): void {
  narrator.title('Where to look next')
  narrator.say('Try it, or read on:')
  narrator.output(
    [
      ...(isRecorded ? ['npm run demo             the same on a real control plane'] : []),
      'npm run demo -- --keep   leaves it running, to try your own changes',
      'README.md                install it: audit, then suggest, then enforce',
      'docs/policy.md           what a policy can say',
      'docs/reasons.md          every answer, and the way out',
      'docs/ARCHITECTURE.md     how one request is judged',
      'SECURITY.md              what it does not see',
    ].join('\n'),
  )
  narrator.say(
    'docs/engines.md has Flux and Argo CD as they are, docs/break-glass.md the page for three in the morning.',
  )
}
