import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { run } from '../cluster/run.ts'
import { main } from '../cli/process.ts'
import { eventually } from './eventually.ts'
import { apply, build, reachedAt, type Manifest } from './installation.ts'

// The enforce overlay with nobody to ask: what guards the configuration, and the way back.

const namespace = 'solewriter-system'
const create = ['create', 'configmap', 'mine', '--dry-run=server']
const scratch = mkdtempSync(path.join(tmpdir(), 'solewriter-emergency-'))

let cluster: Cluster
let manifests: readonly Manifest[]
let configuration: readonly Manifest[]

before(async () => {
  cluster = await startCluster()
  const overlay = await build(cluster, 'manifests/overlays/enforce')
  manifests = reachedAt('https://127.0.0.1:1/validate', overlay)
  configuration = manifests.filter(({ kind }) => kind === 'ValidatingWebhookConfiguration')
  await apply(cluster, 'alice', manifests)
  await eventually('the configuration to be honoured', async () => {
    return (await cluster.kubectl('alice', create)).code !== 0
  })
  await eventually('the guard to be honoured', async () => {
    const args = [
      'label',
      'validatingwebhookconfiguration',
      'solewriter',
      'a=b',
      '--dry-run=server',
    ]
    return (await cluster.kubectl('alice', args)).code !== 0
  })
})

after(async () => {
  await cluster.stop()
  rmSync(scratch, { recursive: true })
})

async function refusal(user: string, ...args: readonly string[]): Promise<string> {
  const { code, stderr } = await cluster.kubectl(user, args)
  assert.notEqual(code, 0, `${user} may ${args.join(' ')}`)
  return stderr
}

describe('the guard over webhook configurations', () => {
  const ours = ['validatingwebhookconfiguration', 'solewriter']
  const guarded = /solewriter-guard.* denied request: webhook configurations decide/
  const removal = '{"webhooks":null}'
  const renaming = '[{"op":"replace","path":"/webhooks/0/name","value":"other.solewriter.dev"}]'

  const attempts: readonly (readonly [string, readonly string[]])[] = [
    ['delete ours', ['delete', ...ours]],
    ['delete all', ['delete', 'validatingwebhookconfigurations', '--all']],
    ['label ours', ['label', ...ours, 'a=b']],
    ['empty ours', ['patch', ...ours, '--type=merge', '-p', removal]],
    ['rename its entry', ['patch', ...ours, '--type=json', '-p', renaming]],
  ]
  for (const [title, args] of attempts) {
    test(`does not let a cluster-admin ${title}`, async () => {
      assert.match(await refusal('alice', ...args), guarded)
      assert.match(await refusal('ci', ...args), guarded)
    })
  }

  test('does not let a cluster-admin add one that mutates', async () => {
    const file = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: 'x' },
    }
    const { stderr } = await cluster.kubectl('alice', ['create', '-f', '-'], {
      input: JSON.stringify(file),
    })
    assert.match(stderr, guarded)
  })

  test('lets what changes nothing pass, such as GitOps that applies again', async () => {
    await apply(cluster, 'alice', configuration)
  })

  test('lets our controller write the bundle, and nothing beside it', async () => {
    const identity = { kind: 'service-account', namespace, name: 'solewriter-controller' } as const
    const controller = await cluster.kubeconfig({ ...identity, isPodBound: false })
    const bundle = { op: 'add', path: '/webhooks/0/clientConfig/caBundle', value: 'AAAA' }
    const url = { ...bundle, path: '/webhooks/0/clientConfig/url', value: 'https://x.example.com' }
    const policy = { ...bundle, path: '/webhooks/0/failurePolicy', value: 'Ignore' }
    const label = { ...bundle, path: '/metadata/labels/a', value: 'b' }
    const patch = (...changes: readonly object[]) => {
      return ['patch', ...ours, '--dry-run=server', '--type=json', '-p', JSON.stringify(changes)]
    }
    const written = await cluster.kubectl(controller, patch(bundle))
    assert.equal(written.code, 0, written.stderr)
    for (const more of [url, policy, label]) {
      assert.match(await refusal(controller, ...patch(bundle, more)), guarded)
    }
    const disguise = `--as=system:serviceaccount:${namespace}:solewriter-controller`
    for (const user of [[], [disguise]]) {
      assert.match(await refusal('alice', ...patch(bundle), ...user), guarded)
    }
  })
})

describe('the emergency group', () => {
  function eve(): Promise<string> {
    return cluster.kubeconfig({ kind: 'user', user: 'eve', groups: ['solewriter:emergency'] })
  }

  async function emergency(...args: readonly string[]): Promise<void> {
    const command = [main, 'emergency', ...args, '--yes', '--kubeconfig', await eve()]
    const { code, stderr } = await run(process.execPath, command, { cwd: scratch })
    assert.equal(code, 0, stderr)
  }

  test('switches off what is dead, with no other right than that', async () => {
    await emergency('off', '--reason', 'a drill')
    await eventually(
      'writes to pass',
      async () => (await cluster.kubectl('alice', create)).code === 0,
    )
  })

  test('and on again, which is refused to others', async () => {
    await assert.rejects(apply(cluster, 'alice', configuration), /solewriter-guard/)
    await emergency('on')
    await eventually('writes to be refused', async () => {
      return (await cluster.kubectl('alice', create)).code !== 0
    })
  })

  test('lets others upgrade the rest meanwhile, and applies the configuration itself', async () => {
    await emergency('off', '--reason', 'an upgrade')
    await eventually('writes to pass', async () => {
      return (await cluster.kubectl('alice', create)).code === 0
    })
    await apply(cluster, 'alice', manifests, '-l', 'solewriter.dev/part!=registration')
    await emergency('on')
    const [before] = configuration
    const next = { ...before, webhooks: before?.webhooks?.map(timelier) } as Manifest
    const flags = ['-l', 'solewriter.dev/part=registration', '--force-conflicts']
    await assert.rejects(apply(cluster, 'alice', [next], ...flags), /solewriter-guard/)
    await apply(cluster, await eve(), [next], ...flags)
    const args = ['get', 'validatingwebhookconfiguration', 'solewriter', '-o']
    const timeout = 'jsonpath={.webhooks[0].timeoutSeconds}{.webhooks[0].failurePolicy}'
    assert.equal((await cluster.kubectl('alice', [...args, timeout])).stdout, '9Fail')
  })
})

function timelier(webhook: object): object {
  return { ...webhook, timeoutSeconds: 9 }
}
