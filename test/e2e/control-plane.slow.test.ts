import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { controllerAccounts } from '../../src/core/exceptions/table/accounts.ts'
import { stringAt } from '../../src/core/manifest/json.ts'
import {
  apply,
  closeControlPlane,
  cluster,
  core,
  fixture,
  gate,
  get,
  list,
  openControlPlane,
  startWorkers,
} from './control-plane-cluster.ts'
import {
  certificatesAreSigned,
  componentsRestart,
  customResourcesOwn,
  theRest,
  tokensComeAndGo,
  volumesAreHandled,
} from './control-plane-objects.ts'
import {
  jobsEnd,
  lostNodesAreEmptied,
  namespacesGo,
  podsAreEvicted,
  workloadsGo,
  workloadsRollOut,
} from './control-plane-workloads.ts'
import { exercisedRows } from './exercised-rows.ts'
import { coveredWrites, forgeries, type Disguise, type Forgery } from './forgeries.ts'

// Under `Fail`, nothing but the built-in exceptions lets the control plane write here.

before(openControlPlane)
after(closeControlPlane)

test('nothing that the control plane does is refused', async () => {
  const kubeconfig = await startWorkers()
  await apply(fixture('objects.yaml'))
  await Promise.all([
    podsAreEvicted().then(workloadsRollOut).then(workloadsGo),
    jobsEnd(),
    lostNodesAreEmptied(),
    namespacesGo(),
    customResourcesOwn(),
    tokensComeAndGo(),
    certificatesAreSigned(kubeconfig),
    volumesAreHandled(),
    theRest(),
  ])
  await componentsRestart()
  assert.deepEqual(gate.refused, [])
  assert.deepEqual(
    exercisedRows.filter((name) => !gate.used.has(name)),
    [],
  )
})

test('each account that the controller manager has made is known', async () => {
  const accounts = await list(`${core}/namespaces/kube-system/serviceaccounts`)
  const names = accounts.map((account) => stringAt(account, 'metadata', 'name') ?? '')
  assert.ok(names.length > 30)
  const unknown = names.filter((name) => name !== 'default' && !controllerAccounts.includes(name))
  assert.deepEqual(unknown, [])
})

/** kubectl's flags for being somebody else. */
async function flagsOf({ user, groups = [] }: Forgery, disguise: Disguise): Promise<string[]> {
  const flags = ['--as', user]
  if (disguise === 'name') return flags
  flags.push(...['system:authenticated', ...groups].flatMap((group) => ['--as-group', group]))
  if (disguise === 'name and groups') return flags
  const [, namespace, name] = /^system:serviceaccount:(.+):(.+)$/.exec(user) ?? []
  const account = await get(`${core}/namespaces/${namespace}/serviceaccounts/${name}`)
  const credential = account === undefined ? 'X509SHA256=ab' : 'JTI=0b0c'
  const extra = `authentication.kubernetes.io/credential-id=${credential}`
  if (user !== 'system:apiserver') flags.push('--as-user-extra', extra)
  const uid = stringAt(account, 'metadata', 'uid') ?? (user === 'system:apiserver' ? 'u' : '')
  return uid === '' ? flags : [...flags, '--as-uid', uid]
}

async function attempt(forgery: Forgery, disguise: Disguise) {
  const args = [...(await flagsOf(forgery, disguise)), ...forgery.args]
  // Nobody waits for what is not going to happen.
  if (forgery.args[0] === 'delete') args.push('--wait=false')
  const input = forgery.input === undefined ? {} : { input: JSON.stringify(forgery.input) }
  return cluster.kubectl('admin', args, input)
}

test('who borrows a name of the control plane gets no further than its rows', async (t) => {
  await apply(fixture('forged.yaml'))
  const kept = await get(`${core}/namespaces/forged/configmaps/kept`)
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'kept' }
  const ownerReferences = [{ ...owner, uid: stringAt(kept, 'metadata', 'uid') ?? '' }]
  const metadata = { name: 'owned', namespace: 'forged', ownerReferences }
  await apply(JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata }))
  const before = gate.refused.length
  for (const forgery of forgeries) {
    for (const disguise of ['name', 'name and groups', 'everything'] as const) {
      await t.test(`${forgery.title}, by ${disguise}`, async () => {
        const { code, stderr } = await attempt(forgery, disguise)
        assert.notEqual(code, 0)
        // The API server's own NodeRestriction may be faster.
        assert.match(stderr, /no exception covers it|node "n1"/)
      })
    }
  }
  for (const forgery of coveredWrites) {
    for (const disguise of ['name', 'name and groups'] as const) {
      await t.test(`${forgery.title}, by ${disguise}`, async () => {
        const { code, stderr } = await attempt(forgery, disguise)
        assert.notEqual(code, 0)
        assert.match(stderr, /no exception covers it/)
      })
    }
  }
  const others = gate.refused.slice(before).filter((line) => !isForged(line))
  assert.deepEqual(others, [])
})

function isForged(line: string): boolean {
  return / (?:forged|kube-system)\/| \/(?:whole|part|evil|elsewhere) /.test(line)
}
