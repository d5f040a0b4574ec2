import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { parsePolicy } from '../../src/core/policy/parse.ts'
import { findFaults } from '../../src/core/lint/webhook/own-configuration.ts'
import type { JsonObject } from '../../src/core/manifest/json.ts'
import { readerRole } from '../cluster/reader-role.ts'

// What can be said of the manifests without a cluster; test/e2e/install.slow.test.ts has the rest.

const root = path.join(import.meta.dirname, '..', '..')
const manifests = path.join(root, 'manifests')

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

interface Condition {
  readonly name: string
  readonly expression: string
}

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly rules?: readonly Rule[]
  readonly roleRef?: { readonly name: string }
  readonly webhooks?: readonly [JsonObject & { readonly matchConditions: readonly Condition[] }]
  readonly images?: readonly [{ readonly newTag: string }]
}

function documents(file: string): readonly Manifest[] {
  const text = readFileSync(path.join(manifests, file), 'utf8')
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest)
}

function find(file: string, kind: string, name: string): Manifest {
  const found = documents(file).find((one) => one.kind === kind && one.metadata.name === name)
  return found ?? assert.fail(`${file} has no ${kind} ${name}`)
}

function page(name: string): string {
  return readFileSync(path.join(root, 'docs', name), 'utf8')
}

const configuration = find('base/webhook.yaml', 'ValidatingWebhookConfiguration', 'solewriter')
const [webhook] = configuration.webhooks ?? assert.fail('there are no webhooks')

describe('the webhook configuration', () => {
  test('sends everything, by no selector, and has nothing that our own check finds', () => {
    const { matchPolicy, sideEffects, timeoutSeconds, failurePolicy } = webhook
    assert.deepEqual(webhook['rules'], [
      {
        apiGroups: ['*'],
        apiVersions: ['*'],
        resources: ['*/*'],
        operations: ['*'],
        scope: '*',
      },
    ])
    const facts = [matchPolicy, sideEffects, timeoutSeconds, failurePolicy]
    assert.deepEqual(facts, ['Equivalent', 'NoneOnDryRun', 10, 'Ignore'])
    const shipped = configuration as unknown as JsonObject
    const faults = findFaults(shipped, { isEnforcing: false, shipped })
    assert.deepEqual(
      faults.map(({ fault }) => fault),
      ['ca-bundle-missing'],
    )
  })

  test('leaves out what docs/install.md lists, row by row', () => {
    const rows = page('install.md').matchAll(/^\| ([a-z][a-z-]+) +\|/gm)
    assert.deepEqual(
      webhook.matchConditions.map(({ name }) => name),
      Array.from(rows, ([, name]) => name),
    )
  })

  test('believes no name of a service account without the id of a token', () => {
    for (const { name, expression } of webhook.matchConditions) {
      if (!expression.includes('system:serviceaccount:')) continue
      assert.match(expression, /credential-id'\]\s*\.exists\(id, id\.startsWith\('JTI='\)\)/, name)
    }
  })

  test('has few and small conditions', () => {
    assert.ok(webhook.matchConditions.length <= 16)
    for (const { name, expression } of webhook.matchConditions) {
      assert.ok(expression.length < 1800, name)
      assert.ok(expression.startsWith('!('), name)
    }
  })
})

describe('the rights of our accounts', () => {
  const roles = ['base/accounts.yaml', 'components/enforce/emergency.yaml'].flatMap(documents)

  test('serve reads what the local control plane lets it read', () => {
    assert.deepEqual(
      find('base/accounts.yaml', 'ClusterRole', 'solewriter').rules,
      readerRole['rules'],
    )
  })

  test('nobody gets cluster-admin, every verb or somebody else’s Secrets', () => {
    for (const { roleRef, rules = [], metadata } of roles) {
      assert.notEqual(roleRef?.name, 'cluster-admin')
      for (const { verbs, resources, resourceNames, apiGroups } of rules) {
        assert.ok(!verbs.includes('*'), metadata.name)
        assert.ok(!apiGroups.includes('*'), metadata.name)
        if (!resources.includes('secrets')) continue
        if (verbs.join() !== 'create') assert.deepEqual(resourceNames, ['solewriter-certs'])
      }
    }
  })
})

describe('the policies', () => {
  for (const [file, mode] of [
    ['base/policy.yaml', 'audit'],
    ['overlays/enforce/policy.yaml', 'enforce'],
  ] as const) {
    test(`${file} is good, in mode ${mode}`, () => {
      const parsed = parsePolicy(readFileSync(path.join(manifests, file), 'utf8'), file)
      assert.ok('policy' in parsed, JSON.stringify(parsed))
      assert.equal(parsed.policy.spec.mode, mode)
    })
  }
})

describe('the overlays', () => {
  test('are there for each component', () => {
    const overlays = readdirSync(path.join(manifests, 'overlays')).toSorted()
    assert.deepEqual(overlays, readdirSync(path.join(manifests, 'components')).toSorted())
  })

  test('take the image of this version', () => {
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      version: string
    }
    const [{ images }] = documents('base/kustomization.yaml') as [Manifest]
    assert.deepEqual(
      images?.map(({ newTag }) => newTag),
      [version],
    )
  })
})
