import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseFieldPattern } from '../../../src/core/manifest/field-path.ts'
import { whyNotResource } from '../../../src/core/policy/core-resources.ts'
import { presets, writerPresetNames } from '../../../src/core/policy/presets/presets.ts'
import { whyHuman } from '../../../src/core/policy/subject.ts'
import { goodPolicy, head, repository } from './policies.ts'

/** What a row may not say, as the schema would refuse it by hand. */
const wide: Readonly<Record<string, readonly string[]>> = {
  kro: ['*.kro.run', '*.kro.run/status'],
}

for (const { name, install, accounts, forSubject } of presets) {
  test(`preset ${name} is data that a policy could have, each row with its reason`, () => {
    assert.notEqual(install, '')
    assert.equal(new Set(accounts.map(({ account: one }) => one)).size, accounts.length)
    for (const { account: one, allow } of accounts) {
      assert.equal(whyHuman(one), undefined)
      for (const { resources, operations, fields, reason } of allow) {
        assert.match(reason, /\S/)
        const written = resources.filter((resource) => wide[name]?.includes(resource) !== true)
        assert.deepEqual(
          written.flatMap((resource) => whyNotResource(resource) ?? []),
          [],
        )
        const changes = operations.some(
          (operation) => operation === 'CREATE' || operation === 'UPDATE',
        )
        assert.equal(fields !== undefined, changes, `${one}: ${resources.join()}`)
        for (const field of fields ?? []) {
          assert.notEqual(
            parseFieldPattern(field).length,
            0,
            'the whole object is for derived rows',
          )
          assert.ok(
            !['metadata', 'spec.template', 'metadata.ownerReferences'].includes(field) ||
              operations.includes('CREATE'),
          )
        }
      }
    }
  })

  test(`what preset ${name} derives is named apart, and limited`, () => {
    const derived = accounts.flatMap((one) => one.derived ?? [])
    const suffixes = [...derived.map(({ suffix }) => suffix), ...accounts.map((one) => one.account)]
    assert.equal(new Set(suffixes).size, suffixes.length)
    for (const { parent, allow, reason } of derived) {
      assert.match(reason, /\S/)
      if (parent.kind === '*') assert.ok(parent.by === 'labels' && parent.labels.kind !== undefined)
      if (parent.group === '*')
        assert.ok(parent.by === 'labels' && parent.labels.group !== undefined)
      for (const { resources } of allow) {
        const written =
          ['kro', 'helm-operator'].includes(name) && resources[0] === '*' ? [] : resources
        assert.deepEqual(
          written.flatMap((resource) => whyNotResource(resource) ?? []),
          [],
        )
      }
    }
  })

  test(`preset ${name} can be written`, () => {
    const isWriter = writerPresetNames.includes(name)
    const list = isWriter ? 'writers' : 'exceptions'
    const subject = forSubject === undefined ? '' : ', subject: {group: viewers}'
    const entry = isWriter
      ? `{preset: ${name}, repositories: [fleet]}`
      : `{preset: ${name}${subject}}`
    const policy = goodPolicy(`${head}${repository}  ${list}:\n  - ${entry}\n`)
    const subjects = forSubject === undefined ? 0 : 1
    assert.equal(policy.spec.exceptions.length, accounts.length + subjects)
    assert.equal(policy.spec.writers.length > 0, isWriter)
  })
}
