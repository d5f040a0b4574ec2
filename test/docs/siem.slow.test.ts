import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parse } from 'yaml'
import { signerWith } from '../../src/core/audit/checkpoint.ts'
import { openJournal } from '../../src/journal/journal.ts'
import { main, solewriter } from '../cli/process.ts'
import { record } from '../core/audit/decisions.ts'
import { noon, quiet } from '../journal/reading.ts'

// What docs/siem.md says to run, run on records that are there. Its bucket: siem-bucket.slow.test.ts.

const root = path.join(import.meta.dirname, '..', '..')
const page = readFileSync(path.join(root, 'docs', 'siem.md'), 'utf8')

let directory = ''

function blocks(language: string): readonly string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(
    ([, text = '']) => text,
  )
}

function script(name: string, text: string): void {
  const file = path.join(directory, 'bin', name)
  writeFileSync(file, `#!/bin/sh\n${text}\n`)
  chmodSync(file, 0o755)
}

function run(text: string) {
  const PATH = `${path.join(directory, 'bin')}:${process.env['PATH'] ?? ''}`
  return spawnSync('bash', ['-euc', text], {
    cwd: directory,
    encoding: 'utf8',
    env: { ...process.env, PATH },
  })
}

before(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'solewriter-siem-'))
  mkdirSync(path.join(directory, 'bin'))
  script('solewriter', `exec ${process.execPath} ${main} "$@"`)
  const made = solewriter(['audit', 'keygen', '--out', path.join(directory, 'key'), '-o', 'json'])
  const { kid, key, jwks } = JSON.parse(made.stdout) as Record<'kid' | 'key' | 'jwks', string>
  writeFileSync(path.join(directory, 'jwks.json'), readFileSync(jwks))
  const journal = await openJournal({
    directory: path.join(directory, 'copy'),
    writer: 'solewriter-0',
    now: () => noon,
    log: quiet,
    fileBytes: 3000,
    checkpoints: { sign: signerWith(kid, createPrivateKey(readFileSync(key))) },
  })
  for (let n = 0; n < 10; n += 1) await journal.append({ ...record(), user: 'alice' })
  await journal.stop()
})

after(() => {
  rmSync(directory, { recursive: true })
})

describe('docs/siem.md', () => {
  const commands = blocks('sh').flatMap((block) => block.trimEnd().split('\n'))

  test('has commands', () => {
    assert.ok(commands.length >= 6)
  })

  for (const command of commands) {
    test(command, () => {
      const { status, stdout, stderr } = run(command)
      assert.equal(status, 0, stderr)
      assert.equal(stderr, '')
      assert.notEqual(stdout, '')
    })
  }

  test('has YAML that can be read, and logs our objects at Metadata', () => {
    const [patches, policy] = blocks('yaml').map((text) => parse(text) as Record<string, unknown>)
    const [{ patch = '' } = {}] = (patches?.['patches'] ?? []) as readonly { patch?: string }[]
    const args = (parse(patch) as readonly { value: string }[]).map(({ value }) => value)
    const help = solewriter(['serve', '--help']).stdout
    for (const arg of args) assert.ok(help.includes(`${arg.split('=')[0]} <`), arg)
    assert.deepEqual(policy?.['rules'], [
      { level: 'Metadata', resources: [{ group: 'solewriter.dev' }] },
    ])
  })
})
