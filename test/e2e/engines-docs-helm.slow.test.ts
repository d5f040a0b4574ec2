import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { runOnGitHub } from './ci-jobs.ts'
import { block } from './engines-page.ts'
import { eventually } from './eventually.ts'
import { audience } from './oidc-example.ts'
import { pushFiles, valuesOf } from './push-files.ts'
import { startPushing, type Checkout, type PushGround } from './push-ground.ts'
import { readRecords } from './records.ts'

// The recipes of docs/engines.md for Helm, with the released program.

const upgrade = block('Helm in CI', 'sh', 'upgrade')
const stampedUpgrade = block('Without a token of the job', 'sh')
const templates = 'charts/shop/templates'

let ground: PushGround

before(async () => {
  ground = await startPushing(pushFiles)
  // The namespace, as the recipe for kubectl makes it.
  const outcome = await runOnGitHub(ground.jobs, {
    checkout: await ground.checkOut(),
    before: 'HEAD^',
  })
  assert.equal(outcome.code, 0, outcome.stderr)
})

after(() => ground.end())

async function push(changes: Parameters<PushGround['fleet']['commit']>[0]): Promise<Checkout> {
  await ground.fleet.commit(changes)
  return ground.checkOut()
}

/** The first line of the recipe is the environment of all that the job does. */
const [environment = ''] = upgrade.split('\n')

async function asJob(checkout: Checkout, script: string) {
  const token = await ground.jobs.github({ aud: audience, sha: checkout.commit })
  return checkout.sh(`${environment}\n${script}`, { KUBE_TOKEN: token })
}

function asDeployer(checkout: Checkout, script: string) {
  return checkout.sh(script, { KUBECONFIG: ground.deployer, HELM_MAX_HISTORY: '0' })
}

function assertDone({ code, stderr }: Awaited<ReturnType<typeof asJob>>): void {
  assert.equal(code, 0, stderr)
}

function assertDenied({ code, stderr }: Awaited<ReturnType<typeof asJob>>, why: RegExp): void {
  assert.notEqual(code, 0)
  assert.match(stderr, why)
}

const read = (object: string, path: string) =>
  ground.get(object, '-n', 'shop', '--ignore-not-found', '-o', `jsonpath={${path}}`)

const image = () => read('deployment/shop', '.spec.template.spec.containers[0].image')

/** Why writes of a user were decided so, those apart that change nothing. */
function reasonsOf(user: RegExp, decision: 'allow' | 'deny'): readonly string[] {
  const own = readRecords(ground.cluster)
    .filter((record) => user.test(record.user) && record.decision === decision)
    .filter(({ reason }) => reason !== 'NoDesiredStateChange')
  const said = own.map(({ op, gvr, reason, git }) =>
    [op, gvr, reason, git?.evidence ?? ''].join(' '),
  )
  return [...new Set(said)].toSorted()
}

describe('Helm in CI, by the token of the job', () => {
  /** Until `serve` has read the policy, the answer is that of the one before. */
  async function untilDenied(why: RegExp): Promise<void> {
    const checkout = await push({})
    await eventually(`${why}`, async () => why.test((await asJob(checkout, upgrade)).stderr))
  }

  test('needs the exception and the tolerations of the page', async () => {
    ground.putPolicy(['exceptions'])
    await untilDenied(/\[NotDeclared\] secrets shop\/sh\.helm\.release\.v1\.shop\.v1: /)
    ground.putPolicy(['tolerations'])
    await untilDenied(/\[ContentMismatch\] .*(?:app\.kubernetes\.io\/managed-by|meta\.helm\.sh)/)
    ground.putPolicy()
    const checkout = await push({})
    const install = async () => (await asJob(checkout, upgrade)).code === 0
    await eventually('an installation', install)
  })

  test('installs the chart of the commit, without any stamp', async () => {
    assertDone(await asJob(await push({}), upgrade))
    assert.equal(await image(), 'registry.example/shop:v1')
    const annotations = JSON.parse(await read('deployment/shop', '.metadata.annotations')) as object
    const own = Object.keys(annotations).filter((key) => key.startsWith('solewriter.dev/'))
    assert.deepEqual(own, [])
  })

  test('upgrades: changes, makes a hook anew, deletes what is rendered no more', async () => {
    const uid = await read('configmap/shop-migration', '.metadata.uid')
    const changes = { 'env/prod.yaml': valuesOf('v2'), [`${templates}/passing.yaml`]: null }
    assertDone(await asJob(await push(changes), upgrade))
    assert.equal(await image(), 'registry.example/shop:v2')
    assert.notEqual(await read('configmap/shop-migration', '.metadata.uid'), uid)
    assert.equal(await read('configmap/shop-passing', '.metadata.name'), '')
  })

  test('what it did is covered by nothing but the rows of the page', () => {
    assert.deepEqual(reasonsOf(/^github:/, 'allow'), [
      'CREATE apps/v1/deployments VerifiedCommit oidc',
      'CREATE v1/configmaps VerifiedCommit oidc',
      'CREATE v1/namespaces VerifiedCommit oidc',
      'CREATE v1/secrets Exception ',
      'DELETE v1/configmaps VerifiedCommit history',
      'DELETE v1/configmaps VerifiedCommit tip',
      'UPDATE apps/v1/deployments VerifiedCommit oidc',
      'UPDATE v1/configmaps VerifiedCommit oidc',
      'UPDATE v1/secrets Exception ',
    ])
  })

  test('is refused values from the command line, and goes on with the next upgrade', async () => {
    const nine = `${upgrade.trimEnd()} --set replicas=9`
    const why =
      /UPGRADE FAILED: .*\[ContentMismatch\] deployments\.apps shop\/shop: spec\.replicas is 9, fleet@[0-9a-f]{12} declares 2/
    assertDenied(await asJob(await push({}), nine), why)
    assert.equal(await read('deployment/shop', '.spec.replicas'), '2')
    assertDone(await asJob(await push({}), upgrade))
  })

  test('is refused a rollback: the commit of the job says something else', async () => {
    const rollback = 'helm rollback shop 1 -n shop'
    assertDenied(await asJob(await push({}), rollback), /\[(?:ContentMismatch|NotDeclared)\] /)
    assert.equal(await image(), 'registry.example/shop:v2')
    assertDone(await asJob(await push({}), upgrade))
  })

  const secret = 'apiVersion: v1\nkind: Secret\nmetadata:\n  namespace: shop\n  name: '
  const forbidden: readonly (readonly [string, string, RegExp])[] = [
    ['make another Secret', `${secret}password\ndata: {password: cGFzcw==}`, /\[NotDeclared\]/],
    [
      'make a token of a service account',
      `${secret}token\n  annotations: {kubernetes.io/service-account.name: default}\ntype: kubernetes.io/service-account-token`,
      /\[NotDeclared\]/,
    ],
  ]
  for (const [title, manifest, why] of forbidden) {
    test(`may not ${title} by the exception for records`, async () => {
      const script = `kubectl --token "$KUBE_TOKEN" create -f - <<'END'\n${manifest}\nEND\n`
      assertDenied(await asJob(await push({}), script), why)
    })
  }

  test('may not delete records, nor what Git declares', async () => {
    const remove = 'kubectl --token "$KUBE_TOKEN" -n shop delete secret sh.helm.release.v1.shop.v1'
    assertDenied(await asJob(await push({}), remove), /\[NotDeclared\] secrets /)
  })

  test('is refused to uninstall what Git declares; a rollback to the last revision repairs it', async () => {
    const uninstall = 'helm uninstall shop -n shop --keep-history'
    assertDenied(await asJob(await push({}), uninstall), /failed to delete release/)
    assert.ok(reasonsOf(/^github:/, 'deny').includes('DELETE apps/v1/deployments StillDeclared '))
    assert.equal(await image(), 'registry.example/shop:v2')
    assertDenied(await asJob(await push({}), upgrade), /"shop" has no deployed releases/)
    assertDone(await asJob(await push({}), block('Helm in CI', 'sh', 'rollback')))
    assertDone(await asJob(await push({}), upgrade))
  })
})

describe('Helm in CI, by annotations from a post-renderer', () => {
  const unstamped = stampedUpgrade.replace(' --post-renderer stamp', '')

  test('is refused without them', async () => {
    assert.notEqual(unstamped, stampedUpgrade)
    const checkout = await push({ 'env/prod.yaml': valuesOf('v3') })
    assertDenied(await asDeployer(checkout, unstamped), /\[EvidenceMissing\] configmaps shop\//)
    assert.equal(await image(), 'registry.example/shop:v2')
  })

  test('upgrades with the commit on every object, hooks included', async () => {
    const checkout = await push({})
    assertDone(await asDeployer(checkout, stampedUpgrade))
    assert.equal(await image(), 'registry.example/shop:v3')
    for (const object of ['deployment/shop', 'configmap/shop-migration']) {
      const commit = await read(object, '.metadata.annotations.solewriter\\.dev/commit')
      assert.equal(commit, checkout.commit)
    }
    const evidence = reasonsOf(/:ci:deployer$/, 'allow')
    assert.ok(evidence.includes('UPDATE apps/v1/deployments VerifiedCommit annotation'))
  })

  test('is refused a rollback: the old annotation comes with the old manifest', async () => {
    assertDone(await asDeployer(await push({ 'env/prod.yaml': valuesOf('v4') }), stampedUpgrade))
    const outcome = await asDeployer(await push({}), 'helm rollback shop -n shop')
    assertDenied(outcome, /\[CommitSuperseded\] .* shop\/shop.*: fleet@[0-9a-f]{12} is superseded/)
    assert.equal(await image(), 'registry.example/shop:v4')
  })

  test('a job with a token goes on, and takes the stamps away', async () => {
    assertDone(await asJob(await push({}), upgrade))
    const commit = await read('deployment/shop', '.metadata.annotations.solewriter\\.dev/commit')
    assert.equal(commit, '')
  })
})

test('a release goes away with a commit whose chart renders nothing', async () => {
  const gone = ['deployment', 'settings', 'migration'].map((name) => `${templates}/${name}.yaml`)
  const changes = Object.fromEntries(gone.map((file) => [file, null]))
  assertDone(await asJob(await push(changes), upgrade))
  assert.equal(await read('deployment/shop', '.metadata.name'), '')
  assert.equal(await read('configmap/shop-settings', '.metadata.name'), '')
  assertDone(await asJob(await push({}), 'helm uninstall shop -n shop --keep-history'))
})
