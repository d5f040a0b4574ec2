import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ObjectId } from '../../src/core/manifest/object-id.ts'
import type { Cascade, Declared } from '../../src/core/provenance/declarations.ts'
import type { Files } from './git-repository.ts'
import { configMap, declaredIn, idOf, plain, setUp } from './index-setup.ts'

describe('what a commit declares', () => {
  test('an object is found with its file, line, digest and content', async (t) => {
    const { git, find } = await setUp(t)
    const first = configMap('a', 'pay')
    const commit = await git.commit({ 'prod/x/api.yaml': `${first}---\n# here\n${configMap('b')}` })
    const found = await find(commit, idOf('b'))
    assert.equal(found.kind, 'declared')
    const { digest, object, ...rest } = found.object
    assert.match(digest, /^sha256:[0-9a-f]{64}$/)
    assert.deepEqual(JSON.parse(JSON.stringify(object)), {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'b', namespace: 'default' },
      data: { a: 'x' },
    })
    assert.deepEqual(rest, {
      id: idOf('b'),
      apiVersion: 'v1',
      generateName: '',
      repository: 'fleet',
      commit,
      branch: 'main',
      plans: [plain],
      source: 'prod',
      file: 'prod/x/api.yaml',
      line: 7,
    })
  })

  test('the default namespace written out or left out gives the same digest', async (t) => {
    const { git, find } = await setUp(t)
    const left = await find(await git.commit({ 'prod/a.yaml': configMap('a') }), idOf('a'))
    const written = await git.commit({ 'prod/a.yaml': configMap('a', 'default') })
    const out = await find(written, idOf('a'))
    assert.ok(left.kind === 'declared' && out.kind === 'declared')
    assert.equal(left.object.digest, out.object.digest)
  })

  const absent: readonly (readonly [string, Files, ObjectId])[] = [
    ['another name', { 'prod/a.yaml': configMap('a') }, idOf('b')],
    ['another namespace', { 'prod/a.yaml': configMap('a', 'pay') }, idOf('a')],
    ['another kind', { 'prod/a.yaml': configMap('a') }, idOf('a', 'default', 'Secret')],
    ['another group', { 'prod/a.yaml': configMap('a') }, idOf('a', 'default', 'ConfigMap', 'x')],
    ['a file outside the source', { 'test/a.yaml': configMap('a') }, idOf('a')],
    ['a folder whose name only begins alike', { 'prod2/a.yaml': configMap('a') }, idOf('a')],
    ['a file that is no manifest', { 'prod/a.yaml.bak': configMap('a') }, idOf('a')],
    ['a kind with a namespace as cluster-scoped', { 'prod/a.yaml': configMap('a') }, idOf('a', '')],
    ['no name', { 'prod/a.yaml': configMap('a') }, idOf('')],
  ]
  for (const [title, files, id] of absent) {
    test(`${title} is absent`, async (t) => {
      assert.equal((await declaredIn(t, files, id)).kind, 'absent')
    })
  }

  test('the root can be a source', async (t) => {
    const root = { ...plain, path: '.' }
    const found = await declaredIn(
      t,
      { 'a.json': '{"apiVersion":"v1","kind":"Node","metadata":{"name":"n"}}' },
      idOf('n', '', 'Node'),
      [root],
    )
    assert.equal(found.kind, 'declared')
  })

  test('a kind that only the cluster knows is found with and without a namespace', async (t) => {
    const { git, find } = await setUp(t)
    const widget = 'apiVersion: acme.example/v1\nkind: Widget\nmetadata: {name: w}\n'
    const commit = await git.commit({ 'prod/w.yaml': widget })
    const inside = await find(commit, idOf('w', 'default', 'Widget', 'acme.example'))
    const outside = await find(commit, idOf('w', '', 'Widget', 'acme.example'))
    const elsewhere = await find(commit, idOf('w', 'other', 'Widget', 'acme.example'))
    assert.deepEqual(
      [inside.kind, outside.kind, elsewhere.kind],
      ['declared', 'declared', 'absent'],
    )
    assert.ok(inside.kind === 'declared' && outside.kind === 'declared')
    assert.notEqual(inside.object.digest, outside.object.digest)
  })

  test('lists are opened, also nested ones', async (t) => {
    const inner =
      '{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Secret, metadata: {name: s}}]}'
    const list = `apiVersion: v1\nkind: ConfigMapList\nitems:\n- ${inner}\n`
    const found = await declaredIn(t, { 'prod/l.yml': list }, idOf('s', 'default', 'Secret'))
    assert.equal(found.kind, 'declared')
  })

  test('an unreadable mirror is a failure, never an absent object', async (t) => {
    const { git, find, events } = await setUp(t)
    const commit = await git.commit({ 'prod/a.yaml': configMap('a') })
    git.breakDown()
    await assert.rejects(find(commit, idOf('a')))
    assert.ok(events.every(({ kind }) => kind !== 'indexed'))
  })

  test('a source path that the commit does not have is a problem, not a failure', async (t) => {
    const found = await declaredIn(t, { 'a.yaml': configMap('a') }, idOf('a'))
    assert.match(
      found.kind === 'absent' ? (found.problems[0]?.message ?? '') : '',
      /does not exist/,
    )
  })

  test('sources of branches that do not contain the commit do not count', async (t) => {
    const { git, index } = await setUp(t)
    const commit = await git.commit({ 'prod/a.yaml': configMap('a') })
    const query = { repository: 'fleet', commit, branches: ['release'], id: idOf('a') }
    const found = await index.find(query, new AbortController().signal)
    assert.deepEqual(found, { kind: 'absent', problems: [] })
  })
})

describe('duplicates', () => {
  const duplicates: readonly (readonly [string, Files, readonly string[]])[] = [
    [
      'in two files',
      { 'prod/a.yaml': configMap('a'), 'prod/b.yaml': configMap('a', 'default', 'w') },
      ['prod/a.yaml:1', 'prod/b.yaml:1'],
    ],
    [
      'in two documents of a file',
      { 'prod/a.yaml': `${configMap('a')}---\n${configMap('a')}` },
      ['prod/a.yaml:1', 'prod/a.yaml:6'],
    ],
    [
      'twice in one list',
      {
        'prod/a.json': JSON.stringify({
          apiVersion: 'v1',
          kind: 'List',
          items: [1, 2].map(() => ({
            apiVersion: 'v1',
            kind: 'ConfigMap',
            metadata: { name: 'a' },
          })),
        }),
      },
      ['prod/a.json:1', 'prod/a.json:1'],
    ],
    [
      'differently in two sources',
      { 'prod/a.yaml': configMap('a'), 'more/a.yaml': configMap('a', 'default', 'w') },
      ['prod/a.yaml:1', 'more/a.yaml:1'],
    ],
  ]
  for (const [title, files, places] of duplicates) {
    test(`an object declared ${title} is a duplicate, with its places`, async (t) => {
      const sources = [plain, { ...plain, path: 'more' }]
      assert.deepEqual(await declaredIn(t, files, idOf('a'), sources), {
        kind: 'duplicate',
        places,
      })
    })
  }

  test('two sources that say the same declare it once', async (t) => {
    const sources = [plain, { ...plain, path: 'more' }]
    const files = { 'prod/a.yaml': configMap('a'), 'more/x.yaml': configMap('a', 'default') }
    const found = await declaredIn(t, files, idOf('a'), sources)
    assert.ok(found.kind === 'declared')
    assert.deepEqual(found.object.plans, sources)
    assert.equal(found.object.file, 'prod/a.yaml')
  })

  test('an object that is twice in one of them is a duplicate all the same', async (t) => {
    const sources = [plain, { ...plain, path: 'more' }]
    const twice = { 'more/a.yaml': configMap('a'), 'more/b.yaml': configMap('a') }
    const files = { 'prod/a.yaml': configMap('a'), ...twice }
    assert.equal((await declaredIn(t, files, idOf('a'), sources)).kind, 'duplicate')
  })

  test('overlapping sources see one declaration', async (t) => {
    const sources = [plain, { ...plain, path: 'prod/pay/' }]
    const found = await declaredIn(t, { 'prod/pay/a.yaml': configMap('a') }, idOf('a'), sources)
    assert.equal(found.kind, 'declared')
  })
})

describe('generateName', () => {
  const job = 'apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: migrate-}\n'
  const cases: readonly (readonly [string, string, string | undefined, Declared['kind']])[] = [
    ['an object being created from it is declared', 'migrate-x7k2p', 'migrate-', 'declared'],
    ['so is one whose name is not made yet', '', 'migrate-', 'declared'],
    ['an object that merely has such a name is absent', 'migrate-x7k2p', undefined, 'absent'],
    ['another generateName is absent', 'migrate-x7k2p', 'migrate', 'absent'],
    ['a name that does not begin with it is absent', 'other', 'migrate-', 'absent'],
    ['a name of the sender’s own choice is absent', 'migrate-production', 'migrate-', 'absent'],
    [
      'a hook under the name that Argo CD makes is declared',
      'migrate-8c27cdc-presync-1796006432',
      'migrate-',
      'declared',
    ],
    [
      'one in a phase that it does not have is absent',
      'migrate-8c27cdc-x-1796006432',
      'migrate-',
      'absent',
    ],
    [
      'so is one with letters that the API server leaves out',
      'migrate-admin',
      'migrate-',
      'absent',
    ],
  ]
  for (const [title, name, generateName, kind] of cases) {
    test(title, async (t) => {
      const { git, find } = await setUp(t)
      const commit = await git.commit({ 'prod/j.yaml': job })
      const id = idOf(name, 'default', 'Job', 'batch')
      const found = await find(commit, id, generateName === undefined ? {} : { generateName })
      assert.equal(found.kind, kind)
    })
  }
})

describe('waiting and memory', () => {
  test('a search that ends before the index is built answers pending, and the job goes on', async (t) => {
    const { git, index, find } = await setUp(t)
    const commit = await git.commit({ 'prod/a.yaml': configMap('a') })
    const query = { repository: 'fleet', commit, branches: ['main'], id: idOf('a') }
    assert.deepEqual(await index.find(query, AbortSignal.abort()), { kind: 'pending' })
    assert.equal((await find(commit, idOf('a'))).kind, 'declared')
    // Now it needs nothing but memory, and an ended wait does not hide it.
    assert.equal((await index.find(query, AbortSignal.abort())).kind, 'declared')
  })

  test('searches at the same time share one job, and commits that change nothing share its result', async (t) => {
    const { git, find } = await setUp(t)
    const files = { 'prod/a.yaml': configMap('a'), 'prod/b.yaml': configMap('b') }
    const first = await git.commit(files)
    const second = await git.commit({ ...files, README: 'x' })
    await Promise.all(['a', 'b', 'c'].map((name) => find(first, idOf(name))))
    assert.equal((await find(second, idOf('a'))).kind, 'declared')
    assert.deepEqual(git.calls, { list: 1, treeAt: 4, blob: 2 })
  })

  test('a file that did not change is not read again', async (t) => {
    const { git, find } = await setUp(t)
    const a = configMap('a')
    await find(await git.commit({ 'prod/a.yaml': a, 'prod/b.yaml': configMap('b') }), idOf('a'))
    await find(await git.commit({ 'prod/a.yaml': a, 'prod/b.yaml': configMap('c') }), idOf('a'))
    assert.equal(git.calls.blob, 3)
  })

  test('old commits leave memory, the tips stay, and what left is read again when asked', async (t) => {
    const { git, index, find } = await setUp(t, { limits: { cachedObjects: 40, cacheBytes: 4000 } })
    const commits: string[] = []
    for (let i = 0; i < 8; i += 1) {
      commits.push(await git.commit({ 'prod/a.yaml': configMap('a', 'default', `v${i}`) }))
    }
    const [tip = '', ...others] = commits
    await index.keep('fleet', [tip])
    for (const commit of others) await find(commit, idOf('a'))
    assert.ok(index.usage().indexes <= 5)
    assert.ok(index.usage().bytes <= 4000)
    assert.deepEqual(index.problems('fleet', tip), [])
    assert.equal(index.problems('fleet', others[0] ?? ''), undefined)
    const again = await find(others[0] ?? '', idOf('a'))
    assert.ok(again.kind === 'declared')
    assert.match(JSON.stringify(again.object.object), /"v1"/)
  })

  test('all objects of a namespace are found, and only they', async (t) => {
    const { git, index } = await setUp(t)
    const commit = await git.commit({
      'prod/a.yaml': configMap('a', 'pay'),
      'prod/b.yaml': configMap('b'),
      'prod/n.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: pay}\n',
    })
    const place = { repository: 'fleet', commit, branches: ['main'] }
    const { signal } = new AbortController()
    const namesIn = async (cascade: Cascade) => {
      const found = await index.within({ ...place, cascade }, signal)
      assert.ok(found !== 'pending')
      return found.map(({ id }) => id.name)
    }
    assert.deepEqual(await namesIn({ namespace: 'pay' }), ['a'])
    assert.deepEqual(await namesIn({ group: '', kind: 'Secret' }), [])
    assert.ok((await namesIn({ group: '', kind: 'ConfigMap' })).includes('a'))
  })

  test('what an object owns is found by the uid that the manifests name', async (t) => {
    const { git, index } = await setUp(t)
    const owned = (name: string, owner: string) =>
      configMap(name).replace('}', `, ownerReferences: ${owner}}`)
    const commit = await git.commit({
      'prod/a.yaml': owned('a', '[{kind: X, name: x, uid: u-1}, {kind: X, name: z, uid: u-2}]'),
      'prod/b.yaml': owned('b', '[{kind: X, name: x, uid: u-1}]'),
      'prod/c.yaml': owned('c', '{uid: u-1}') + `---\n${owned('d', '[u-1, {uid: 1}]')}`,
    })
    const place = { repository: 'fleet', commit, branches: ['main'] }
    const ownedBy = async (owner: string) => {
      const found = await index.within(
        { ...place, cascade: { owner } },
        new AbortController().signal,
      )
      assert.ok(found !== 'pending')
      return found.map(({ id }) => id.name)
    }
    assert.deepEqual(await ownedBy('u-1'), ['a', 'b'])
    assert.deepEqual(await ownedBy('u-2'), ['a'])
    assert.deepEqual(await ownedBy('u-3'), [])
  })

  test('a stopped index fails and never answers absent', async (t) => {
    const { git, index, find } = await setUp(t)
    const commit = await git.commit({ 'prod/a.yaml': configMap('a') })
    await index.stop()
    await assert.rejects(find(commit, idOf('a')), { code: 'RenderFailed' })
  })
})
