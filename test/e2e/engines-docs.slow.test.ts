import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parseAllDocuments, stringify } from 'yaml'
import { runOnGitHub, runOnGitLab } from './ci-jobs.ts'
import { manifest } from './config-maps.ts'
import { yamlBlock } from './engines-page.ts'
import { pushFiles } from './push-files.ts'
import { startPushing, type Checkout, type PushGround } from './push-ground.ts'
import { readRecords } from './records.ts'

let ground: PushGround

before(async () => {
  ground = await startPushing(pushFiles)
})

after(() => ground.end())

type Changes = Parameters<PushGround['fleet']['commit']>[0]

/** What a job of the push gets. */
async function push(changes: Changes) {
  const { fleet } = ground
  const before = await fleet.git(['rev-parse', 'main'])
  await fleet.commit(changes)
  return { checkout: await ground.checkOut(), before }
}

const valueOf = (name: string) =>
  ground.get('configmap', name, '-n', 'shop', '--ignore-not-found', '-o', 'jsonpath={.data.value}')

describe('kubectl in CI', () => {
  test('GitHub: applies the commit that was pushed', async () => {
    const { code, stderr } = await runOnGitHub(ground.jobs, await push({}))
    assert.equal(code, 0, stderr)
    assert.deepEqual([await valueOf('kept'), await valueOf('passing')], ['1', '1'])
  })

  test('GitHub: changes, makes, and deletes what the push removed', async () => {
    const changes = {
      'clusters/prod/kept.yaml': manifest('kept', '2', 'shop'),
      'clusters/prod/late.yaml': manifest('late', '2', 'shop'),
      'clusters/prod/passing.yaml': null,
    }
    const { code, stderr } = await runOnGitHub(ground.jobs, await push(changes))
    assert.equal(code, 0, stderr)
    const all = await Promise.all(['kept', 'late', 'passing'].map(valueOf))
    assert.deepEqual(all, ['2', '2', ''])
  })

  test('GitLab: the same', async () => {
    const changes = {
      'clusters/prod/kept.yaml': manifest('kept', '3', 'shop'),
      'clusters/prod/late.yaml': null,
    }
    const { code, stderr } = await runOnGitLab(ground.jobs, await push(changes))
    assert.equal(code, 0, stderr)
    assert.deepEqual([await valueOf('kept'), await valueOf('late')], ['3', ''])
  })

  test('it was the commits of the tokens that made them', () => {
    const records = readRecords(ground.cluster).filter(({ user }) => /^git(?:hub|lab):/.test(user))
    const changes = records.filter(({ reason }) => reason !== 'NoDesiredStateChange')
    const why = changes.map(({ op, reason, git }) => `${op} ${reason} ${git?.evidence ?? ''}`)
    assert.deepEqual([...new Set(why)].toSorted(), [
      'CREATE VerifiedCommit oidc',
      'DELETE VerifiedCommit history',
      'UPDATE VerifiedCommit oidc',
    ])
  })

  const untrue = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kept, namespace: shop}\n'

  test('is refused what the job changed in its checkout', async () => {
    const { checkout, before } = await push({})
    const file = path.join(checkout.directory, 'clusters/prod/kept.yaml')
    writeFileSync(file, `${untrue}data: {value: forged}\n`)
    const { code, stderr } = await runOnGitHub(ground.jobs, { checkout, before })
    assert.notEqual(code, 0)
    assert.match(stderr, /\[ContentMismatch\] configmaps shop\/kept: data\.value differs/)
    assert.equal(await valueOf('kept'), '3')
  })

  test('is refused to the job of a pull request', async () => {
    const changes = { 'clusters/prod/kept.yaml': manifest('kept', '4', 'shop') }
    const pull = { ref: 'refs/pull/1/merge', event_name: 'pull_request' }
    const outcome = await runOnGitHub(ground.jobs, { ...(await push(changes)), claims: pull })
    assert.notEqual(outcome.code, 0)
    assert.match(outcome.stderr, /\[EvidenceRefused\] /)
    assert.equal(await valueOf('kept'), '3')
  })

  test('is refused to a job that comes too late', async () => {
    const late = await push({})
    const next = await push({ 'clusters/prod/kept.yaml': manifest('kept', '5', 'shop') })
    assert.equal((await runOnGitLab(ground.jobs, next)).code, 0)
    const { code, stderr } = await runOnGitHub(ground.jobs, late)
    assert.notEqual(code, 0)
    assert.match(stderr, /\[CommitSuperseded\] configmaps shop\/kept: /)
    assert.equal(await valueOf('kept'), '5')
  })
})

interface Application {
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly source: {
      readonly path: string
      readonly helm: { readonly parameters: readonly Readonly<Record<string, string>>[] }
    }
    readonly destination: { readonly namespace: string }
    readonly syncPolicy: { readonly syncOptions: readonly string[] }
  }
}

interface Applied {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly annotations?: object }
}

describe('a hub', () => {
  const { metadata, spec } = yamlBlock<Application>('A hub', 'kind: Application')
  const flags = ['--server-side', '--force-conflicts', '--field-manager=argocd-controller']
  let hub: string

  before(async () => {
    hub = await ground.cluster.kubeconfig({ kind: 'user', user: 'argocd-hub', groups: [] })
  })

  /** What Argo CD makes of the Application of the page, for a cluster that is not its own. */
  async function rendered(checkout: Checkout): Promise<readonly Applied[]> {
    const { name } = metadata
    const { path: chart, helm } = spec.source
    const { namespace } = spec.destination
    const parameters = helm.parameters.map(({ name: key, value = '', forceString }) => {
      const text = value.replace('$ARGOCD_APP_REVISION', checkout.commit)
      return `--set${forceString === undefined ? '' : '-string'} ${key}=${text}`
    })
    const script = ['helm template', name, chart, '-n', namespace, ...parameters].join(' ')
    const { code, stdout, stderr } = await checkout.sh(script, {})
    assert.equal(code, 0, stderr)
    return parseAllDocuments(stdout).map((document) => {
      const object = document.toJS() as Applied
      const id = `${name}:/${object.kind}:${namespace}/${object.metadata.name}`
      const annotations = { ...object.metadata.annotations, 'argocd.argoproj.io/tracking-id': id }
      return { ...object, metadata: { ...object.metadata, namespace, annotations } }
    })
  }

  function apply(objects: readonly object[], args: readonly string[]) {
    const input = objects.map((object) => stringify(object)).join('---\n')
    return ground.cluster.kubectl(hub, ['apply', ...args, '-f', '-'], { input })
  }

  const greeting = () =>
    ground.get(
      'configmap',
      'api',
      '-n',
      'shop',
      '--ignore-not-found',
      '-o',
      'jsonpath={.data.greeting}',
    )

  test('applies with the annotations that the chart makes', async () => {
    assert.deepEqual(spec.syncPolicy.syncOptions, ['ServerSideApply=true'])
    for (const word of ['hello', 'welcome']) {
      const { checkout } = await push({ 'charts/api/values.yaml': `greeting: ${word}\n` })
      const { code, stderr } = await apply(await rendered(checkout), flags)
      assert.equal(code, 0, stderr)
      assert.equal(await greeting(), word)
    }
  })

  test('is refused what a person edits under its name, and what carries no annotation', async () => {
    const { checkout } = await push({})
    const edit = ['patch', 'configmap', 'api', '-n', 'shop', '--type=merge', '-p']
    const edited = await ground.cluster.kubectl(hub, [...edit, '{"data":{"greeting":"bye"}}'])
    assert.match(edited.stderr, /\[ContentMismatch\] configmaps shop\/api: data\.greeting differs/)
    const bare = (await rendered(checkout)).map((object) => ({
      ...object,
      metadata: { name: object.metadata.name, namespace: 'shop' },
      data: { greeting: 'welcome' },
    }))
    assert.match((await apply(bare, flags)).stderr, /\[EvidenceMissing\] /)
    const removed = await ground.cluster.kubectl(hub, ['delete', 'configmap', 'api', '-n', 'shop'])
    assert.match(removed.stderr, /\[StillDeclared\] /)
    assert.equal(await greeting(), 'welcome')
  })

  test('is a person with the token that argocd cluster add makes', async () => {
    const secret = ['secret', 'argocd-manager-long-lived-token', '-n', 'kube-system', '-o']
    const token = await ground.get(...secret, 'jsonpath={.data.token}')
    const flag = `--token=${Buffer.from(token, 'base64').toString('utf8')}`
    const { checkout } = await push({ 'charts/api/values.yaml': 'greeting: hello you\n' })
    const input = (await rendered(checkout)).map((object) => stringify(object)).join('---\n')
    const args = [flag, 'apply', ...flags, '-f', '-']
    const { stderr } = await ground.cluster.kubectl(ground.userless, args, { input })
    assert.match(stderr, /\[HumanWrite\] configmaps shop\/api is declared in /)
  })

  test('is refused what Argo CD applies without ServerSideApply', async () => {
    const { checkout } = await push({ 'charts/api/values.yaml': 'greeting: hello again\n' })
    const { stderr } = await apply(await rendered(checkout), [])
    assert.match(stderr, /\[ContentMismatch\] .*last-applied-configuration/)
    assert.equal(await greeting(), 'welcome')
  })

  test('prunes what Git has given up', async () => {
    const { checkout } = await push({ 'charts/api/templates/greeting.yaml': null })
    assert.deepEqual(await rendered(checkout), [])
    const pruned = await ground.cluster.kubectl(hub, ['delete', 'configmap', 'api', '-n', 'shop'])
    assert.equal(pruned.code, 0, pruned.stderr)
  })
})
