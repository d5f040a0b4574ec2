import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, afterEach, beforeEach, test } from 'node:test'
import { policyFile, type PolicyChange, type PolicySource } from '../../src/config/policy-file.ts'

const good = (mode: string): string =>
  `apiVersion: solewriter.dev/v1alpha1\nkind: Policy\nmetadata: {name: p}\nspec: {mode: ${mode}}\n`

const root = await mkdtemp(path.join(tmpdir(), 'policy-file-'))
let dir = ''
let file = ''
let source: PolicySource | undefined

beforeEach(async () => {
  dir = await mkdtemp(path.join(root, 'case-'))
  file = path.join(dir, 'policy.yaml')
})
afterEach(async () => {
  await source?.stop()
  source = undefined
})
after(async () => {
  await rm(root, { recursive: true, force: true })
})

let clock = 0
const now = (): number => (clock += 1_000)

async function started(pollEvery = 20): Promise<PolicySource> {
  source = policyFile({ file, now, pollEvery })
  await source.start()
  return source
}

/** The next change, which the caller has caused or is about to cause. */
function nextChange(of: PolicySource): Promise<PolicyChange> {
  return new Promise((resolve) => {
    const stop = of.onChange((change) => {
      stop()
      resolve(change)
    })
  })
}

function modeOf(of: PolicySource): string {
  return of.current().policy.spec.mode
}

test('a good file is in force once start has resolved', async () => {
  await writeFile(file, good('enforce'))
  clock = 0
  const policy = await started()
  assert.equal(modeOf(policy), 'enforce')
  assert.equal(policy.current().loadedAt, 1_000)
  assert.match(policy.current().hash, /^sha256:/)
  assert.equal(policy.lastError(), undefined)
})

test('nothing is in force before start', () => {
  const policy = policyFile({ file, now })
  assert.throws(() => policy.current(), { code: 'PolicyUnreadable' })
})

test('an invalid file refuses the start with every issue and its place', async () => {
  await writeFile(file, good('enforced').replace('Policy', 'Polcy'))
  await assert.rejects(started(), {
    code: 'PolicyInvalid',
    message: [
      `${file}:2:7: kind: must be Policy, not "Polcy" (did you mean "Policy"?)`,
      `${file}:4:14: spec.mode: must be one of off, audit, warn, enforce, sealed, not "enforced" (did you mean "enforce"?)`,
    ].join('\n'),
  })
})

const unreadable: readonly [title: string, code: string, make: () => Promise<void> | void][] = [
  ['no file', 'PolicyUnreadable', () => undefined],
  ['a directory', 'PolicyUnreadable', () => mkdir(file)],
  ['a named pipe', 'PolicyUnreadable', () => void execFileSync('mkfifo', [file])],
  ['a link to nowhere', 'PolicyUnreadable', () => symlink('nowhere', file)],
  ['a file that is not UTF-8', 'PolicyInvalid', () => writeFile(file, Buffer.from([0x61, 0xff]))],
  ['a file of 2 MiB', 'PolicyInvalid', () => writeFile(file, Buffer.alloc(2 * 1024 * 1024, '#'))],
  ['an empty file', 'PolicyInvalid', () => writeFile(file, '')],
]

for (const [title, code, make] of unreadable) {
  test(`${title} refuses the start`, async () => {
    await make()
    await assert.rejects(started(), { code })
  })

  test(`${title} in place of a good file keeps the last good policy and is reported once`, async () => {
    await writeFile(file, good('enforce'))
    const policy = await started()
    const failures: PolicyChange[] = []
    policy.onChange((change) => failures.push(change))
    const failed = nextChange(policy)
    await unlink(file)
    await make()
    assert.equal((await failed).kind, 'failed')
    while (policy.lastError()?.code !== code) await nextTurn()
    for (let i = 0; i < 5; i += 1) await nextTurn()
    assert.equal(modeOf(policy), 'enforce')
    const messages = failures.map((change) =>
      change.kind === 'failed' ? change.error.message : '',
    )
    assert.equal(new Set(messages).size, messages.length)

    await rm(file, { recursive: true, force: true })
    await writeFile(`${file}.new`, good('sealed'))
    await rename(`${file}.new`, file)
    while (modeOf(policy) !== 'sealed') await nextTurn()
    assert.equal(policy.lastError(), undefined)
  })
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20))
}

test('a changed file is in force without a restart, and a snapshot taken before stays as it was', async () => {
  await writeFile(file, good('audit'))
  const policy = await started()
  const before = policy.current()
  const changed = nextChange(policy)
  await writeFile(file, good('enforce'))
  while ((await changed).kind !== 'loaded' && modeOf(policy) !== 'enforce') await nextTurn()
  while (modeOf(policy) !== 'enforce') await nextTurn()
  assert.equal(before.policy.spec.mode, 'audit')
  assert.notEqual(policy.current().hash, before.hash)
  assert.ok(policy.current().loadedAt > before.loadedAt)
})

test('a bad change keeps the last good policy; the old text brings it back', async () => {
  await writeFile(file, good('enforce'))
  const policy = await started()
  const before = policy.current()
  await writeFile(`${file}.bad`, good('off').replace('spec', 'sepc'))
  await rename(`${file}.bad`, file)
  while (policy.lastError() === undefined) await nextTurn()
  assert.match(
    policy.lastError()?.message ?? '',
    /4:1: sepc: is not known \(did you mean "spec"\?\)/,
  )
  assert.equal(policy.current(), before)
  const recovered = nextChange(policy)
  await writeFile(`${file}.good`, good('enforce'))
  await rename(`${file}.good`, file)
  assert.deepEqual(await recovered, { kind: 'loaded', snapshot: before })
  assert.equal(policy.lastError(), undefined)
})

test('a mounted ConfigMap is followed when its data link is swapped', async () => {
  for (const [name, mode] of [
    ['..1', 'audit'],
    ['..2', 'enforce'],
  ] as const) {
    await mkdir(path.join(dir, name))
    await writeFile(path.join(dir, name, 'policy.yaml'), good(mode))
  }
  await symlink('..1', path.join(dir, '..data'))
  await symlink(path.join('..data', 'policy.yaml'), file)
  // Only the watch can tell within the life of this test.
  const policy = await started(3_600_000)
  const changed = nextChange(policy)
  await symlink('..2', path.join(dir, '..tmp'))
  await rename(path.join(dir, '..tmp'), path.join(dir, '..data'))
  await rm(path.join(dir, '..1'), { recursive: true })
  assert.equal((await changed).kind, 'loaded')
  assert.equal(modeOf(policy), 'enforce')
})

test('a file whose directory is replaced is followed by polling', async () => {
  const inner = path.join(dir, 'mount')
  await mkdir(inner)
  file = path.join(inner, 'policy.yaml')
  await writeFile(file, good('audit'))
  const policy = await started()
  await rename(inner, path.join(dir, 'old'))
  await mkdir(inner)
  await writeFile(file, good('enforce'))
  while (modeOf(policy) !== 'enforce') await nextTurn()
  while (policy.lastError() !== undefined) await nextTurn()
})

test('a comment changes neither the hash nor the snapshot', async () => {
  await writeFile(file, good('enforce'))
  const policy = await started()
  const before = policy.current()
  const next = nextChange(policy)
  await writeFile(`${file}.new`, `# why\n${good('enforce')}`)
  await rename(`${file}.new`, file)
  await writeFile(`${file}.new`, good('audit'))
  for (let i = 0; i < 10; i += 1) await nextTurn()
  assert.equal(policy.current(), before)
  await rename(`${file}.new`, file)
  const change = await next
  assert.equal(change.kind === 'loaded' && change.snapshot.policy.spec.mode, 'audit')
})

test('a listener that throws stops neither the others nor the reload', async () => {
  await writeFile(file, good('audit'))
  const policy = await started()
  policy.onChange(() => {
    throw new Error('listener')
  })
  const changed = nextChange(policy)
  await writeFile(`${file}.new`, good('enforce'))
  await rename(`${file}.new`, file)
  assert.equal((await changed).kind, 'loaded')
  assert.equal(modeOf(policy), 'enforce')
  assert.equal(policy.lastError()?.code, 'Internal')
})

test('after stop nothing changes any more', async () => {
  await writeFile(file, good('audit'))
  const policy = await started()
  const seen: PolicyChange[] = []
  policy.onChange((change) => seen.push(change))
  await policy.stop()
  await writeFile(file, good('enforce'))
  for (let i = 0; i < 10; i += 1) await nextTurn()
  assert.equal(modeOf(policy), 'audit')
  assert.deepEqual(seen, [])
})
