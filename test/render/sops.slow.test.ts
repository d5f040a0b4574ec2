import assert from 'node:assert/strict'
import { before, describe, test, type TestContext } from 'node:test'
import type { Plan } from '../../src/core/plans/plan.ts'
import type { Tools } from '../../src/render/tools.ts'
import { fluxPlan, saidBy, type Said } from './engine-setup.ts'
import type { Files } from './git-repository.ts'
import { idOf, setUp } from './index-setup.ts'
import { realTools } from './real-tools.ts'

let tools: Tools
before(async () => {
  tools = await realTools()
})

const decrypting = fluxPlan({}, { encryptedFiles: 'sops' })

function secret(name: string, more = ''): string {
  const metadata = `{name: ${name}, namespace: x${more}}`
  return `apiVersion: v1\nkind: Secret\nmetadata: ${metadata}\nstringData: {a: 'ENC[AES256_GCM,data:x]'}\nsops: {mac: 'ENC[AES256_GCM,data:y]', version: 3.9.0}\n`
}

function said(t: TestContext, plan: Plan, files: Files): Promise<Said> {
  return saidBy(t, plan, { files, tools })
}

describe('what Flux decrypts', () => {
  test('is marked, and nothing else is', async (t) => {
    const { objects } = await said(t, decrypting, {
      'apps/a.yaml': secret('a'),
      'apps/b.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: {name: b, namespace: x}\n',
      'apps/c.yaml': secret('c', ', annotations: {kustomize.toolkit.fluxcd.io/decrypt: Disabled}'),
      'apps/d.yaml': secret('d').replace('mac:', 'other:'),
      'apps/e.yaml': secret('e').replace('Secret', 'ConfigMap').replace('stringData', 'data'),
    })
    const marked = [...objects].flatMap(([name, { isEncrypted }]) =>
      isEncrypted === true ? [name] : [],
    )
    assert.deepEqual(marked.toSorted(), ['ConfigMap e', 'Secret a'])
  })

  test('is nothing for a Kustomization that does not decrypt', async (t) => {
    const { objects } = await said(t, fluxPlan(), { 'apps/a.yaml': secret('a') })
    assert.equal(objects.get('Secret a')?.isEncrypted, undefined)
    assert.ok(objects.has('Secret a'))
  })

  test('is another object than the same text that nobody decrypts', async (t) => {
    const { git, find } = await setUp(t, { sources: [decrypting, fluxPlan()], tools })
    const found = await find(
      await git.commit({ 'apps/a.yaml': secret('a') }),
      idOf('a', 'x', 'Secret'),
    )
    assert.equal(found.kind, 'duplicate')
  })

  const encryptedFile = 'A=ENC[AES256_GCM,data:x]\nsops_mac=ENC[AES256_GCM,data:y]\n'

  test('is an encrypted file in a generated Secret, if its name has no hash of it', async (t) => {
    const generated = (options: string) => ({
      'apps/kustomization.yaml': `secretGenerator:\n- {name: g, namespace: x, envs: [e.env]}\n- {name: f, namespace: x, files: [e.env]}\n${options}`,
      'apps/e.env': encryptedFile,
    })
    const named = await said(
      t,
      decrypting,
      generated('generatorOptions: {disableNameSuffixHash: true}\n'),
    )
    assert.deepEqual(named.names, ['f', 'g'])
    assert.ok([...named.objects.values()].every(({ isEncrypted }) => isEncrypted === true))
    const hashed = await said(t, decrypting, generated(''))
    assert.deepEqual([hashed.names, hashed.problems[0]?.hides], [[], 'anything'])
    assert.match(hashed.problems[0]?.message ?? '', /disableNameSuffixHash/)
    assert.equal((await said(t, fluxPlan(), generated(''))).names.length, 2)
  })

  test('is not known where it is a patch', async (t) => {
    const { names, problems } = await said(t, decrypting, {
      'apps/kustomization.yaml':
        'resources: [a.yaml]\npatches: [{path: p.yaml, target: {kind: Secret}}]\n',
      'apps/a.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: x}\n',
      'apps/p.yaml': secret('a').replaceAll("'", ''),
    })
    assert.deepEqual([names, problems[0]?.hides], [[], 'anything'])
  })
})
