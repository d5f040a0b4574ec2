import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import config from '../../oxlint.config.ts'
import { allowed, plants } from './plants.ts'

// One violation of each kind, in a tree of its own under the configuration of this one.

interface Finding {
  readonly code: string
  readonly help?: string
  readonly message: string
  readonly filename: string
}

const root = path.join(import.meta.dirname, '..', '..')
const tree = mkdtempSync(path.join(tmpdir(), 'solewriter-house-'))
after(() => rmSync(tree, { recursive: true }))

for (const name of ['oxlint.config.ts', 'package.json', 'tsconfig.json']) {
  copyFileSync(path.join(root, name), path.join(tree, name))
}
symlinkSync(path.join(root, 'node_modules'), path.join(tree, 'node_modules'))
for (const { file, text } of plants) plant(file, text)
for (const [file, text] of Object.entries(allowed)) plant(file, text)
// What is imported has to be there for cycles to be followed.
for (const folder of ['server', 'config', 'git', 'telemetry', 'cli']) {
  plant(`${folder}/x.ts`, 'export type x = 1')
}

const byFile = Object.groupBy(lint(), ({ filename }) => path.relative('src', filename))

for (const { title, file, rule, hint = '' } of plants) {
  test(`lint finds: ${title}`, () => {
    const found = (byFile[file] ?? []).filter(({ code }) => code === rule)
    const said = found.map(({ message, help = '' }) => `${message} ${help}`)
    assert.ok(
      said.some((text) => text.includes(hint)),
      `${rule} ${hint}: ${JSON.stringify(byFile[file] ?? [])}`,
    )
  })
}

for (const file of Object.keys(allowed)) {
  test(`lint leaves alone what ${file} may do`, () => {
    assert.deepEqual(byFile[file] ?? [], [])
  })
}

test('every rule of the configuration is planted', () => {
  const planted = new Set(plants.map(({ rule }) => rule.replace(/.*\(|\)/g, '')))
  const rules = [config, ...(config.overrides ?? [])].flatMap(({ rules: some }) =>
    Object.keys(some ?? {}).map((name) => name.replace(/^.*\//, '')),
  )
  assert.deepEqual(
    [...new Set(rules)].filter((name) => !planted.has(name)),
    [],
  )
})

test('a disable comment that disables nothing is found', () => {
  const found = byFile['git/unused.ts'] ?? []
  assert.ok(
    found.some(({ message }) => message.includes('Unused')),
    JSON.stringify(found),
  )
})

function plant(file: string, text: string): void {
  const place = path.join(tree, 'src', file)
  mkdirSync(path.dirname(place), { recursive: true })
  writeFileSync(place, `${text}\n`)
}

function lint(): readonly Finding[] {
  plant('git/unused.ts', '// oxlint-disable-next-line no-console\nexport const a = 1')
  const oxlint = path.join(root, 'node_modules', '.bin', 'oxlint')
  const { stdout, stderr, status } = spawnSync(oxlint, ['--type-aware', '-f', 'json', 'src'], {
    cwd: tree,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  assert.equal(status, 1, stderr)
  return (JSON.parse(stdout) as { diagnostics: Finding[] }).diagnostics
}
