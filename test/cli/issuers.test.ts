import assert from 'node:assert/strict'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { openIssuers, type Issuers } from '../../src/cli/issuers.ts'
import { keptText } from '../../src/cli/kept-text.ts'
import { keysPlaceOf, type KeysPlace } from '../../src/cli/keys-source.ts'
import type { PolicyChange, PolicySource } from '../../src/config/policy-file.ts'
import { keySet, publicHalf } from '../../src/core/breakglass/keys.ts'
import type { BreakGlassIssuer, Policy } from '../../src/core/policy/schema.ts'
import { createLogTo } from '../../src/telemetry/log.ts'
import { otherKey } from '../core/breakglass/issuing.ts'
import { goodPolicy, head } from '../core/policy/policies.ts'
import { eventually } from '../e2e/eventually.ts'

const iss = 'https://breakglass.acme.example'

/** One issuer, with keys from there. */
function policyWith(keys: string, name = 'oncall'): Policy {
  return goodPolicy(`${head}  mode: enforce
  breakGlass:
    issuers: [{name: ${name}, issuer: "${iss}", ${keys}}]
    rules: [{subjects: {groups: [sre]}}]
`)
}

/** A new key: its id and the set of it alone. */
function newKeys(): { readonly kid: string; readonly text: string } {
  const set = keySet(publicHalf(otherKey()) ?? assert.fail()) as {
    keys: readonly { kid: string }[]
  }
  return { kid: set.keys[0]?.kid ?? '', text: JSON.stringify(set) }
}

interface Opened {
  readonly issuers: Issuers
  readonly log: string[]
  readonly adopt: (policy: Policy) => void
  /** Ids of the keys that count. */
  readonly kids: () => readonly string[]
}

/** Looks follow each other at once. */
async function open(
  t: TestContext,
  first: Policy,
  placeOf: (issuer: BreakGlassIssuer) => KeysPlace | undefined = quickly,
): Promise<Opened> {
  const log: string[] = []
  const listeners = new Set<(change: PolicyChange) => void>()
  let policy = first
  const snapshot = () => ({ policy, hash: '', loadedAt: 0, warnings: [] })
  const source: Pick<PolicySource, 'current' | 'onChange'> = {
    current: snapshot,
    onChange: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  const issuers = openIssuers({
    policy: source,
    log: createLogTo({ write: (line) => void log.push(line) }, { level: 'info', now: Date.now }),
    placeOf,
  })
  await issuers.start()
  t.after(() => issuers.stop())
  return {
    issuers,
    log,
    adopt: (next) => {
      policy = next
      for (const listener of listeners) listener({ kind: 'loaded', snapshot: snapshot() })
    },
    kids: () => [...(issuers.trusted(policy).get(iss)?.keys.keys() ?? [])],
  }
}

function quickly(issuer: BreakGlassIssuer): KeysPlace | undefined {
  const place = keysPlaceOf(issuer, '/nowhere')
  return place && { ...place, every: 5, retry: 5 }
}

/** Nobody looks by the clock. */
function unhurried(issuer: BreakGlassIssuer): KeysPlace | undefined {
  const place = keysPlaceOf(issuer, '/nowhere')
  return place && { ...place, every: 3_600_000 }
}

function countedIn(looks: string[]): typeof quickly {
  return (issuer) => {
    const place = quickly(issuer)
    const read = (signal: AbortSignal) => {
      looks.push(issuer.name)
      return place?.read(signal) ?? Promise.reject(new Error('nowhere'))
    }
    return place && { ...place, read }
  }
}

function directory(t: TestContext): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'solewriter-issuers-'))
  t.after(() => {
    rmSync(dir, { recursive: true })
  })
  return dir
}

describe('the keys of a file', () => {
  test('count as soon as we have started, and follow the file', async (t) => {
    const file = path.join(directory(t), 'jwks.json')
    const [one, other] = [newKeys(), newKeys()]
    writeFileSync(file, one.text)
    const { kids, issuers } = await open(t, policyWith(`jwksFile: ${file}`))
    assert.deepEqual(kids(), [one.kid])
    writeFileSync(`${file}.new`, other.text)
    renameSync(`${file}.new`, file)
    await eventually('the new key counts', () => kids()[0] === other.kid)
    assert.deepEqual(issuers.checks(), [
      { name: `keys file ${file}`, ok: true, detail: '1 in force' },
    ])
  })

  for (const [title, spoil, said] of [
    ['is gone', (file: string) => rmSync(file), 'ENOENT'],
    ['is no JSON', (file: string) => writeFileSync(file, '{'), 'is not JSON'],
    ['has no key', (file: string) => writeFileSync(file, '{"keys": []}'), 'between 1 and 64'],
    ['is endless', (file: string) => writeFileSync(file, ' '.repeat(65_537)), 'is longer than'],
  ] as const) {
    test(`stay while it ${title}, and that is said once`, async (t) => {
      const file = path.join(directory(t), 'jwks.json')
      const { kid, text } = newKeys()
      writeFileSync(file, text)
      const looks: string[] = []
      const counted = countedIn(looks)
      const { kids, issuers, log } = await open(t, policyWith(`jwksFile: ${file}`), counted)
      spoil(file)
      const detail = () => issuers.checks()[0]?.detail ?? ''
      await eventually('it is noticed', () => detail().includes(said))
      const before = looks.length
      await eventually('it was looked at again', () => looks.length > before + 3)
      assert.deepEqual(kids(), [kid])
      assert.equal(log.filter((line) => line.includes('issuer_keys_refused')).length, 1)
      writeFileSync(file, text)
      await eventually('it is good again', () => issuers.checks()[0]?.ok === true)
    })
  }

  test('count no more from the next question on, once they are taken away', async (t) => {
    const file = path.join(directory(t), 'jwks.json')
    const [one, other] = [newKeys(), newKeys()]
    writeFileSync(file, one.text)
    const policy = policyWith(`jwksFile: ${file}`)
    const { issuers } = await open(t, policy, unhurried)
    const kidsNow = async () => [...((await issuers.fresh(policy)).get(iss)?.keys.keys() ?? [])]
    assert.deepEqual(await kidsNow(), [one.kid])
    writeFileSync(file, other.text)
    const asked = await Promise.all([kidsNow(), kidsNow(), kidsNow()])
    assert.deepEqual(asked, [[other.kid], [other.kid], [other.kid]])
    rmSync(file)
    assert.deepEqual(await kidsNow(), [other.kid])
  })

  test('that was never there are none, and nobody is trusted for them', async (t) => {
    const { kids, issuers } = await open(t, policyWith('jwksFile: /nowhere/jwks.json'))
    assert.deepEqual(kids(), [])
    assert.equal(issuers.checks()[0]?.ok, false)
  })
})

describe('a policy that changes', () => {
  test('takes keys along that it still names, and no others', async (t) => {
    const dir = directory(t)
    const [one, other] = [newKeys(), newKeys()]
    const files = [path.join(dir, 'one.json'), path.join(dir, 'other.json')] as const
    writeFileSync(files[0], one.text)
    writeFileSync(files[1], other.text)
    const { kids, adopt, issuers } = await open(t, policyWith(`jwksFile: ${files[0]}`))
    // Renamed, with the file gone: its keys are known.
    rmSync(files[0])
    adopt(policyWith(`jwksFile: ${files[0]}`, 'renamed'))
    assert.deepEqual(kids(), [one.kid])
    adopt(policyWith(`jwksFile: ${files[1]}`))
    assert.deepEqual(kids(), [], 'keys of another file count for none')
    await eventually('the new file was read', () => kids()[0] === other.kid)
    assert.equal(issuers.checks().length, 1)
    adopt(policyWith(`jwks: ${one.text}`))
    assert.deepEqual(kids(), [one.kid])
    assert.deepEqual(issuers.checks(), [])
  })

  test('ends the looks at places that it no longer names', async (t) => {
    const reads: string[] = []
    const placeOf = ({ name }: BreakGlassIssuer): KeysPlace => ({
      id: name,
      every: 1,
      retry: 1,
      read: () => {
        reads.push(name)
        return Promise.reject(new Error('nothing'))
      },
    })
    const { adopt } = await open(t, policyWith('jwksFile: /a', 'first'), placeOf)
    adopt(policyWith('jwksFile: /b', 'second'))
    await eventually('the second is looked at', () => reads.includes('second'))
    const count = () => reads.filter((name) => name === 'first').length
    const before = count()
    const seconds = () => reads.filter((name) => name === 'second').length
    const seen = seconds()
    await eventually('time has passed', () => seconds() > seen + 5)
    assert.equal(count(), before)
  })
})

describe('the keys of a URL', () => {
  test('count once they are there', async (t) => {
    const { kid, text } = newKeys()
    const arriving = Promise.withResolvers<string>()
    const read = () => arriving.promise
    const placeOf = (): KeysPlace => ({ id: 'keys', every: 3_600_000, retry: 3_600_000, read })
    const opening = open(t, policyWith('jwksUrl: "https://keys.example"'), placeOf)
    arriving.resolve(text)
    assert.deepEqual((await opening).kids(), [kid])
  })

  test('are known at a start at which nobody answers, if they were ever fetched', async (t) => {
    const last = keptText(path.join(directory(t), 'keys'), 'https://keys.example')
    const { kid, text } = newKeys()
    const placeOf = (read: KeysPlace['read']) => () =>
      ({
        id: 'https://keys.example',
        every: 3_600_000,
        retry: 3_600_000,
        read,
        last,
      }) satisfies KeysPlace
    const policy = policyWith('jwksUrl: "https://keys.example"')
    const before = await open(
      t,
      policy,
      placeOf(() => Promise.resolve(text)),
    )
    assert.deepEqual(before.kids(), [kid])
    await eventually('they are kept', async () => (await last.load()) === text)

    const silent = (signal: AbortSignal) =>
      new Promise<string>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('nobody answered')), { once: true })
      })
    const { kids } = await open(t, policy, placeOf(silent))
    assert.deepEqual(kids(), [kid])

    await last.save('{"keys": "of somebody"}')
    const spoilt = await open(
      t,
      policy,
      placeOf(() => Promise.reject(new Error('down'))),
    )
    assert.deepEqual(spoilt.kids(), [])
  })

  test('are fetched as often as the policy says, and sooner after a failure', () => {
    const [issuer = assert.fail()] = policyWith(
      'jwksUrl: "https://keys.example/jwks.json", refresh: 1h',
    ).spec.breakGlass.issuers
    const { id, every, retry } = keysPlaceOf(issuer, '/nowhere') ?? assert.fail()
    assert.deepEqual([id, every, retry], ['https://keys.example/jwks.json', 3_600_000, 15_000])
  })
})
