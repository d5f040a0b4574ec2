import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'yaml'
import { parsePolicy } from '../../src/core/policy/parse.ts'
import { defaultPolicy } from './default-policy.ts'
import { followPolicy, withAliases } from './policy-aliases.ts'

const url = 'http://127.0.0.1:20001/fleet.git'
const git = { fleet: url }

function policy(rest: string): string {
  return `# kept
spec:
  repositories:
    - name: other
      url: https://git.example.com/other.git
    - name: fleet
      url: https://git.example.com/fleet.git${rest}
`
}

function aliasesIn(text: string): unknown {
  const { spec } = parse(text) as { spec: { repositories: readonly { aliases?: unknown }[] } }
  return spec.repositories.map(({ aliases }) => aliases)
}

const cases: readonly (readonly [title: string, text: string, aliases: unknown])[] = [
  ['is the first alias', policy(''), [undefined, [url]]],
  [
    'is one more alias',
    policy('\n      aliases: ["https://mirror.example.com/fleet.git"]'),
    [undefined, ['https://mirror.example.com/fleet.git', url]],
  ],
]
for (const [title, text, aliases] of cases) {
  test(`the URL of a served repository ${title}`, () => {
    const filled = withAliases(text, git)
    assert.deepEqual(aliasesIn(filled), aliases)
    assert.match(filled, /# kept/)
  })
}

for (const text of ['spec: [', 'spec: {repositories: none}', '', 'a\n---\nb\n']) {
  test(`what is no policy goes on as it is: ${JSON.stringify(text)}`, () => {
    assert.equal(withAliases(text, git), text)
  })
}

test('the copy follows the file that its author edits', async (t) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'solewriter-aliases-'))
  t.after(() => rm(dir, { recursive: true }))
  const [given, copy] = [path.join(dir, 'given.yaml'), path.join(dir, 'copy.yaml')]
  await writeFile(given, policy(''))
  const following = followPolicy(given, copy, git)
  t.after(() => following.close())
  assert.deepEqual(aliasesIn(await readFile(copy, 'utf8')), [undefined, [url]])
  await writeFile(given, policy('\n      aliases: []').replace('# kept', '# edited'))
  while (!(await readFile(copy, 'utf8')).includes('# edited')) await sleep(50)
  assert.deepEqual(aliasesIn(await readFile(copy, 'utf8')), [undefined, [url]])
})

const common = { name: 'local', repositories: ['fleet', 'apps'] }

test('the default policy names an engine as a writer where it runs, and what it starts with', () => {
  const root = {
    resource: 'kustomizations.kustomize.toolkit.fluxcd.io',
    namespace: 'flux-system',
    name: 'apps',
    digest: `sha256:${'0'.repeat(64)}`,
  }
  const text = defaultPolicy({ ...common, git, engines: ['flux'], roots: [root] })
  const parsed = parsePolicy(text, 'policy.yaml')
  assert.equal(parsed.kind, 'ok')
  const { spec } = parse(text) as { spec: { writers: readonly Record<string, unknown>[] } }
  assert.deepEqual(spec.writers.slice(1), [
    { name: 'flux', preset: 'flux', repositories: ['fleet', 'apps'] },
  ])
  assert.deepEqual(parsed.policy.spec.roots, [root])
  assert.deepEqual(aliasesIn(text), [[url], undefined])
})

test('the default policy without engines is a good one', () => {
  const options = { ...common, git: {}, engines: [], roots: [] }
  const parsed = parsePolicy(defaultPolicy(options), 'policy.yaml')
  assert.equal(parsed.kind, 'ok')
  const names = parsed.policy.spec.writers.map(({ name }) => name)
  assert.deepEqual(names, ['ci'])
})
