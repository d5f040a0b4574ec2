import { at, stringAt } from '../../src/core/manifest/json.ts'
import {
  apply,
  apps,
  core,
  evict,
  fixture,
  get,
  kubectl,
  list,
  loseNode,
  node,
  shop,
  until,
  untilAt,
  untilGone,
  untilNone,
  untilSome,
} from './control-plane-cluster.ts'

// What makes the controllers of workloads, nodes and Namespaces write.

export async function workloadsRollOut(): Promise<void> {
  await Promise.all([
    untilAt(`${apps}/deployments/web`, 'status.availableReplicas', 3),
    untilAt(`${apps}/statefulsets/my-db`, 'status.readyReplicas', 2),
    untilAt(`${apps}/replicasets/bare`, 'status.readyReplicas', 1),
    untilAt(`${shop}/replicationcontrollers/old`, 'status.readyReplicas', 1),
  ])
  const again = 'main=example.com/a:2'
  for (const name of ['deploy/web', 'deploy/plain', 'ds/agent', 'sts/my-db']) {
    await kubectl('set', 'image', '-n', 'shop', name, again)
  }
  await Promise.all([
    untilAt(`${apps}/deployments/web`, 'status.updatedReplicas', 3),
    untilAt(`${apps}/statefulsets/my-db`, 'status.updatedReplicas', 2),
  ])
  for (const name of ['deploy/web', 'ds/agent', 'sts/my-db']) {
    await kubectl('rollout', 'undo', '-n', 'shop', name)
  }
  await kubectl('scale', '-n', 'shop', 'rs/bare', '--replicas=2')
  await untilAt(`${apps}/replicasets/bare`, 'status.replicas', 2)
  const [pod = ''] = (await kubectl('get', 'pods', '-n', 'shop', '-l', 'app=bare', '-o', 'name'))
    .split('\n')
    .filter((name) => name !== '')
  const name = pod.replace('pod/', '')
  await kubectl('label', '-n', 'shop', pod, 'app=free', '--overwrite')
  await until('the Pod is released', async () => {
    return at(await get(`${shop}/pods/${name}`), 'metadata', 'ownerReferences') === undefined
  })
  await kubectl('scale', '-n', 'shop', 'rs/bare', '--replicas=3')
  await kubectl('label', '-n', 'shop', pod, 'app=bare', '--overwrite')
  await until('the Pod is adopted', async () => {
    return at(await get(`${shop}/pods/${name}`), 'metadata', 'ownerReferences') !== undefined
  })
  await kubectl('scale', '-n', 'shop', 'sts/my-db', '--replicas=1')
  await untilGone(`${shop}/persistentvolumeclaims/the-data-my-db-1`)
}

export async function workloadsGo(): Promise<void> {
  const flags = ['-n', 'shop', '--wait=false']
  await kubectl('delete', 'deploy/web', 'deploy/plain', 'rc/old', ...flags)
  await kubectl('delete', 'sts/my-db', '--cascade=foreground', ...flags)
  await kubectl('delete', 'ds/agent', 'rs/bare', '--cascade=orphan', ...flags)
  await kubectl('delete', 'svc/web', 'svc/elsewhere', ...flags)
  await Promise.all([
    untilGone(`${apps}/statefulsets/my-db`),
    untilGone(`${apps}/daemonsets/agent`),
    untilNone(`${shop}/pods?labelSelector=${encodeURIComponent('app in (web,plain,old,db)')}`),
    untilGone(`${shop}/persistentvolumeclaims/the-data-my-db-0`),
  ])
}

export async function jobsEnd(): Promise<void> {
  await untilGone('/apis/batch/v1/namespaces/shop/jobs/once')
  await untilSome('/apis/batch/v1/namespaces/shop/jobs', (job) => {
    return stringAt(job, 'metadata', 'name')?.startsWith('often-') === true
  })
}

export async function podsAreEvicted(): Promise<void> {
  await untilSome(`${shop}/pods?labelSelector=app%3Dweb`, (pod) => {
    return stringAt(pod, 'status', 'phase') === 'Running'
  })
  await untilAt(
    '/apis/policy/v1/namespaces/shop/poddisruptionbudgets/web',
    'status.expectedPods',
    3,
  )
  const [pod] = await list(`${shop}/pods?labelSelector=app%3Dweb`)
  const name = stringAt(pod, 'metadata', 'name') ?? ''
  await until('the budget allows it', async () => {
    return (await evict(name)).status === 201
  })
}

export async function lostNodesAreEmptied(): Promise<void> {
  await node('n2', false)
  await apply(fixture('on-a-lost-node.yaml'))
  await untilGone(`${shop}/pods/stranded`)
  await loseNode()
  await kubectl('delete', 'node/n2', '--wait=false')
  await untilGone('/apis/storage.k8s.io/v1/csinodes/n2')
  await untilGone('/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n2')
}

export async function namespacesGo(): Promise<void> {
  await untilSome(`${core}/namespaces/doomed/pods`)
  await kubectl('delete', 'namespace/doomed', '--wait=false')
  await untilGone(`${core}/namespaces/doomed`)
}
