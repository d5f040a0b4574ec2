import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { anchorKind, anchorName } from '../../src/core/audit/anchors.ts'
import { signerWith, type Checkpoint } from '../../src/core/audit/checkpoint.ts'
import type { Verification } from '../../src/core/audit/verify.ts'
import { openJournal } from '../../src/journal/journal.ts'
import { main, solewriter } from '../cli/process.ts'
import { record } from '../core/audit/decisions.ts'
import { filesIn, noon, quiet } from '../journal/reading.ts'
import { openObjectStore, type ObjectStore } from './object-store.ts'

// The bucket of docs/siem.md: its blocks run as they stand, with the real client and a real store. Only
// kubectl is a stand-in.

const page = readFileSync(path.join(import.meta.dirname, '..', '..', 'docs', 'siem.md'), 'utf8')
const [makeBucket = '', upload = '', download = ''] = [
  ...page.matchAll(/^```bash\n([^]*?)^```$/gm),
].map(([, text = '']) => text)
const place = 'store/acme-audit/prod-eu-1/'
const day = 86_400_000

let directory: string
let copy: string
let store: ObjectStore

function script(name: string, text: string): void {
  const file = path.join(directory, 'bin', name)
  writeFileSync(file, `#!/bin/sh\n${text}\n`)
  chmodSync(file, 0o755)
}

function run(text: string) {
  const PATH = `${path.join(directory, 'bin')}:${process.env['PATH'] ?? ''}`
  const env = { ...process.env, ...store.env, PATH }
  return spawnSync('bash', ['-uc', text], { cwd: directory, encoding: 'utf8', env })
}

function taken(text: string): string {
  const { status, stdout, stderr } = run(text)
  assert.equal(status, 0, `${text}\n${stdout}${stderr}`)
  return stdout
}

/** What the client says, as JSON for each line. */
function asked(...args: readonly string[]): readonly Readonly<Record<string, unknown>>[] {
  const lines = taken(`mc --json ${args.join(' ')}`)
    .trimEnd()
    .split('\n')
  return lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
}

interface Version {
  readonly key: string
  readonly versionId: string
  readonly isDeleteMarker?: boolean
}

function versions(): readonly Version[] {
  return asked('ls', '--versions', '--recursive', place) as unknown as readonly Version[]
}

function assertLocked({ key, versionId }: Version): void {
  const [found] = asked('stat', `${place}${key}`, '--version-id', versionId)
  const metadata = found?.['metadata'] as Readonly<Record<string, string>>
  assert.equal(metadata['X-Amz-Object-Lock-Mode'], 'COMPLIANCE')
  const until = metadata['X-Amz-Object-Lock-Retain-Until-Date'] ?? ''
  assert.ok(Date.parse(until) > Date.now() + 399 * day, until)
}

function names(): readonly string[] {
  return filesIn(copy).map((file) => path.basename(file))
}

/** Anchors are called by the second: this store forgets the lock of what another is put over. */
async function uploadAll(): Promise<void> {
  await sleep(1000 - (Date.now() % 1000))
  taken(upload.replace('cd /copy', `cd ${copy}`))
}

function verify(from: string, ...args: readonly string[]) {
  const jwks = path.join(directory, 'jwks.json')
  const all = ['audit', 'verify', from, '--jwks', jwks, ...args, '-o', 'json']
  const { status, stdout, stderr } = solewriter(all)
  assert.notEqual(stdout, '', stderr)
  return { status, found: JSON.parse(stdout) as Verification }
}

/** As the auditor does it; `isWhole` is what the block ends with. */
function getBack(isWhole = true): string {
  const back = path.join(directory, 'back')
  rmSync(back, { recursive: true, force: true })
  const { status, stdout, stderr } = run(download)
  assert.equal(status, isWhole ? 0 : 1, stdout + stderr)
  return back
}

function anchorsIn(back: string): string {
  const found = readdirSync(back).filter((name) => name.startsWith('anchors-'))
  return path.join(back, found.toSorted().at(-1) ?? assert.fail('no anchors'))
}

before(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'solewriter-bucket-'))
  copy = path.join(directory, 'copy')
  mkdirSync(path.join(directory, 'bin'))
  mkdirSync(path.join(directory, 'store'))
  store = await openObjectStore(path.join(directory, 'store'))
  script('solewriter', `exec ${process.execPath} ${main} "$@"`)
  script('mc', `exec ${store.mc} "$@"`)
  const made = solewriter(['audit', 'keygen', '--out', path.join(directory, 'key'), '-o', 'json'])
  const { kid, key, jwks } = JSON.parse(made.stdout) as Record<'kid' | 'key' | 'jwks', string>
  cpSync(jwks, path.join(directory, 'jwks.json'))
  const stored: Checkpoint[] = []
  const journal = await openJournal({
    directory: copy,
    writer: 'solewriter-0',
    now: () => noon,
    log: quiet,
    fileBytes: 3000,
    checkpoints: {
      sign: signerWith(kid, createPrivateKey(readFileSync(key))),
      onStored: (one) => stored.push(one),
    },
  })
  for (let n = 0; n < 10; n += 1) await journal.append(record())
  await journal.stop()
  const items = stored.slice(-1).map((spec) => ({
    apiVersion: `${anchorKind.group}/${anchorKind.version}`,
    kind: anchorKind.kind,
    metadata: { name: anchorName(spec.writer) },
    spec,
  }))
  const list = path.join(directory, 'auditcheckpoints.json')
  writeFileSync(list, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  script('kubectl', `[ "$*" = "get auditcheckpoints -o json" ] && cat ${list}`)
})

after(async () => {
  await store.end()
  rmSync(directory, { recursive: true })
})

describe('the bucket of docs/siem.md', () => {
  test('gets every file that another one follows and the anchors, once, in compliance mode for 400 days', async () => {
    taken(makeBucket)
    await uploadAll()
    assert.ok(names().length > 3)
    const files = () => versions().filter(({ key }) => !key.startsWith('anchors-'))
    assert.deepEqual(
      files()
        .map(({ key }) => key)
        .toSorted(),
      names().slice(0, -1),
    )
    assert.equal(versions().length, files().length + 1)
    await uploadAll()
    assert.equal(files().length, names().length - 1)
    for (const version of versions()) assertLocked(version)
  })

  test('comes back whole as far as it was uploaded, and its anchors say what is still missing', () => {
    const back = getBack()
    const { status, found } = verify(back)
    assert.equal(status, 0, JSON.stringify(found.problems))
    assert.ok(found.records > 5)
    for (const name of names().slice(0, -1)) {
      assert.deepEqual(readFileSync(path.join(back, name)), readFileSync(path.join(copy, name)))
    }
    const more = verify(back, '--anchors', anchorsIn(back))
    assert.equal(more.status, 1)
    assert.match(JSON.stringify(more.found.problems), /missing at the end/)
    const last = names().at(-1) ?? ''
    const lock = /^lock=.*$/m.exec(upload)?.[0] ?? ''
    taken(`${lock}; mc cp $lock copy/${last} ${place}${last}`)
    const all = getBack()
    const whole = verify(all, '--anchors', anchorsIn(all), '--complete')
    assert.equal(whole.status, 0, JSON.stringify(whole.found.problems))
    assert.deepEqual(
      whole.found.chains.map(({ end }) => end),
      ['closed'],
    )
  })

  test('lets nobody remove a version or shorten its time, its root user included', () => {
    const before = versions()
    const [first] = before
    assert.ok(first)
    const { key, versionId } = first
    const one = `${place}${key} --version-id ${versionId}`
    for (const attempt of [
      `mc rm --force ${one}`,
      `mc rm --force --bypass ${one}`,
      `mc rm --force --recursive --versions --bypass ${place}`,
      `mc retention set --bypass governance 1d ${one}`,
      `mc retention set --bypass compliance 1d ${one}`,
      `mc retention clear ${one}`,
      'mc rb --force store/acme-audit',
    ]) {
      const { status, stdout, stderr } = run(attempt)
      assert.notEqual(status, 0, `${attempt}\n${stdout}${stderr}`)
      assert.match(stdout + stderr, /protected by object lock|must be in the future/, attempt)
    }
    const left = versions().filter(({ isDeleteMarker }) => isDeleteMarker !== true)
    assert.deepEqual(left, before)
    for (const version of left) assertLocked(version)
  })

  test('shows a file that another one was put over, and keeps the first', () => {
    const [name = '', ...others] = names()
    const forged = path.join(directory, 'forged.jsonl')
    const text = readFileSync(path.join(copy, name), 'utf8')
    assert.match(text, /"decision":"deny"/)
    writeFileSync(forged, text.replace('"decision":"deny"', '"decision":"allow"'))
    const first = versions().find(({ key }) => key === name)?.versionId ?? ''
    taken(`mc cp --quiet ${forged} ${place}${name}`)
    assert.ok(verify(getBack(false)).found.problems.length > 0)
    const marked = others[0] ?? ''
    taken(`mc rm --force ${place}${marked}`)
    const less = getBack(false)
    assert.ok(!readdirSync(less).includes(marked))
    const hidden = versions().find(
      ({ key, isDeleteMarker }) => key === marked && isDeleteMarker !== true,
    )
    for (const [key, version] of [
      [name, first],
      [marked, hidden?.versionId ?? ''],
    ] as const) {
      taken(`mc cp --quiet --version-id ${version} ${place}${key} back/${key}`)
    }
    const whole = verify(less, '--anchors', anchorsIn(less), '--complete')
    assert.equal(whole.status, 0, JSON.stringify(whole.found.problems))
  })
})
