import assert from 'node:assert/strict'
import { before, describe, test, type TestContext } from 'node:test'
import type { IndexLimits } from '../../src/render/index-limits.ts'
import type { Plan } from '../../src/core/plans/plan.ts'
import type { Tools } from '../../src/render/tools.ts'
import type { Files } from './git-repository.ts'
import { configMap, idOf, plain, setUp, type Setup } from './index-setup.ts'
import { realTools } from './real-tools.ts'

const overlay: Plan = { ...plain, path: 'prod', renderer: 'kustomize' }
const base = {
  'base/kustomization.yaml': 'resources: [a.yaml, more]\n',
  'base/a.yaml': `# of the base\n${configMap('a')}`,
  'base/more/kustomization.yml': 'resources:\n- b.yaml\n',
  'base/more/b.yaml': configMap('b'),
}

let tools: Tools
before(async () => {
  tools = await realTools()
})

function kustomized(t: TestContext, options: Parameters<typeof setUp>[1] = {}): Promise<Setup> {
  return setUp(t, { sources: [overlay], tools, ...options })
}

/** Problems of the first commit with these files below `prod` and a base. */
async function problemsOf(t: TestContext, files: Files): Promise<readonly string[]> {
  const { git, index } = await kustomized(t)
  const commit = await git.commit({ ...base, ...files })
  await index.keep('fleet', [commit])
  const problems = index.problems('fleet', commit) ?? []
  assert.ok(problems.every(({ hides }) => hides === 'anything'))
  return problems.map(({ file, line, message }) => `${file}:${line}: ${message}`)
}

describe('a kustomization that is refused', () => {
  const remote = 'a remote resource is not fetched: keep a copy in the repository'
  const kustomization = 'prod/kustomization.yaml'
  const refused: readonly (readonly [string, string, string, Files?])[] = [
    ['a base on GitHub', 'resources:\n- a.yaml\n- github.com/acme/base?ref=v1\n', `3: ${remote}`],
    ['a URL with a password', 'resources: ["https://u:hunter2@x.example/b"]\n', `1: ${remote}`],
    ['a base over ssh', '\nbases:\n- git@x.example:acme/base\n', `3: ${remote}`],
    ['a remote patch', 'patches:\n- path: https://x.example/p.yaml\n', `2: ${remote}`],
    ['a remote component', 'components: ["git::https://x.example/c"]\n', `1: ${remote}`],
    ['a remote file', 'configMapGenerator:\n- name: a\n  files: [x=http://x/y]\n', `3: ${remote}`],
    [
      'a remote patch that looks like one',
      `patchesStrategicMerge: ["http://x/y: z"]\n`,
      `1: ${remote}`,
    ],
    ['a remote transformer that looks so', `\ntransformers: ["http://x/y: z"]\n`, `2: ${remote}`],
    ['a remote schema', 'openapi:\n  path: https://x.example/s\n', `2: ${remote}`],
    [
      'an absolute path',
      'resources: [/etc/passwd]\n',
      '1: an absolute path is not opened: /etc/passwd',
    ],
    [
      'a path out of the repository',
      'resources: [../../../x]\n',
      '1: leads out of the repository: ../../../x',
    ],
    [
      'a file outside of its folder',
      'resources: [../base/a.yaml]\n',
      '1: a file outside of the folder of its kustomization: base/a.yaml',
    ],
    [
      'a symbolic link',
      'resources:\n- link.yaml\n',
      '2: a symbolic link is not followed: prod/link.yaml',
      { 'prod/link.yaml': { mode: '120000', target: '/etc/passwd' } },
    ],
    [
      'a folder behind a symbolic link',
      'resources:\n- link/base\n',
      '2: a symbolic link is not followed: prod/link',
      { 'prod/link': { mode: '120000', target: '../../..' } },
    ],
    [
      'a submodule',
      'resources: [sub]\n',
      '1: a submodule is not opened: prod/sub',
      { 'prod/sub': { mode: '160000', oid: '1'.repeat(40) } },
    ],
    ['a missing file', 'resources:\n- a.yaml\n', '2: there is no prod/a.yaml at this commit'],
    ['an empty folder', 'resources: [x]\n', '1: no kustomization in prod/x', { 'prod/x/y': '' }],
    ['a generator', 'generators: [g.yaml]\n', '1: generators: a plugin is not run'],
    ['a validator', 'validators: [v.yaml]\n', '1: validators: a plugin is not run'],
    [
      'a transformer in a container',
      '\ntransformers: ["{apiVersion: x.example/v1, kind: Anything, metadata: {name: a}}"]\n',
      '2: a plugin is not run',
    ],
    [
      'a chart',
      'helmCharts: [{name: x}]\n',
      '1: helmCharts: a chart inside a kustomization is not inflated: make it a source with renderer helm',
    ],
    [
      'a field in another case, which kustomize takes',
      'Resources: [https://x.example/b]\n',
      '1: Resources: a field that kustomize does not have: Resources',
    ],
    [
      'one below another',
      'patches:\n- Path: https://x.example/b\n',
      '2: a field that kustomize does not have: Path',
    ],
    [
      'a literal that may be a password',
      'secretGenerator:\n- name: s\n  literals: [hunter2]\n',
      '3: a literal that is not key=value',
    ],
    [
      'two readings',
      'resources: [a.yaml]\nresources: [b.yaml]\n',
      '2: the key "resources" stands twice in one map',
    ],
  ]
  for (const [title, content, problem, files = {}] of refused) {
    test(`for ${title}, with its line`, async (t) => {
      const problems = await problemsOf(t, { ...files, [kustomization]: content })
      assert.ok(problems.includes(`${kustomization}:${problem}`), problems.join('\n'))
    })
  }

  test('for a plugin in a file of transformers', async (t) => {
    const problems = await problemsOf(t, {
      [kustomization]: 'transformers: [t.yaml]\n',
      'prod/t.yaml': `apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: a}\n`,
    })
    assert.deepEqual(problems, ['prod/t.yaml:1: a plugin is not run'])
  })

  test('for a transformer that is a resource as well', async (t) => {
    const problems = await problemsOf(t, {
      [kustomization]: 'resources: [t.yaml]\ntransformers: [t.yaml]\n',
      'prod/t.yaml': `apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: a}\npath: http://x/y\n`,
    })
    assert.deepEqual(problems, ['prod/t.yaml:1: a plugin is not run'])
  })

  test('for what a base refers to', async (t) => {
    const problems = await problemsOf(t, {
      [kustomization]: 'resources: [../base]\n',
      'base/kustomization.yaml': '# of all\nresources:\n- https://x.example/a.yaml\n',
    })
    assert.deepEqual(problems, [`base/kustomization.yaml:3: ${remote}`])
  })

  test('for a second kustomization in its folder', async (t) => {
    const problems = await problemsOf(t, {
      [kustomization]: 'resources: []\n',
      'prod/Kustomization': 'resources: []\n',
    })
    assert.deepEqual(problems, ['prod/Kustomization:1: a second kustomization in the folder'])
  })

  test('for a file that is in Git LFS', async (t) => {
    const problems = await problemsOf(t, {
      [kustomization]: 'resources: [a.yaml]\n',
      'prod/a.yaml': 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n',
    })
    assert.match(problems[0] ?? '', /^prod\/a.yaml:1: the file is a Git LFS pointer/)
  })

  test('for more than may be read', async (t) => {
    const files = {
      'prod/kustomization.yaml': 'resources: [a.yaml, b.yaml]\n',
      'prod/a.yaml': configMap('a'),
      'prod/b.yaml': configMap('b'),
    }
    const limits: readonly (readonly [Partial<IndexLimits>, RegExp])[] = [
      [{ inputBytes: 150 }, /^prod\/b.yaml: the build reads more than 150 bytes$/],
      [{ mostFiles: 2 }, /^prod\/b.yaml: the build reads more than 2 files$/],
      [{ fileBytes: 60 }, /^prod\/a.yaml: the file is larger than 60 bytes$/],
    ]
    for (const [limit, problem] of limits) {
      const { git, index } = await kustomized(t, { limits: limit })
      const commit = await git.commit(files)
      await index.keep('fleet', [commit])
      const [first] = index.problems('fleet', commit) ?? []
      assert.match(`${first?.file}: ${first?.message}`, problem)
    }
  })

  test('where there is none', async (t) => {
    assert.deepEqual(await problemsOf(t, {}), [
      'prod/kustomization.yaml:1: there is no prod at this commit',
    ])
  })
})

describe('what kustomize itself refuses', () => {
  const secret = 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: hunter2}\n'
  const refused: readonly (readonly [string, Files, RegExp])[] = [
    [
      'an object twice',
      {
        'prod/kustomization.yaml': 'resources: [a.yaml]\n',
        'prod/a.yaml': `${secret}---\n${secret}`,
      },
      /^prod\/a.yaml:1: kustomize: .*already registered id: Secret s/,
    ],
    [
      'a cycle',
      {
        'prod/kustomization.yaml': 'resources: [x]\n',
        'prod/x/kustomization.yaml': 'resources: [..]\n',
      },
      /^prod\/kustomization.yaml:1: kustomize: .*cycle detected/,
    ],
    [
      'an object without a name',
      {
        'prod/kustomization.yaml': 'resources: [a.yaml]\n',
        'prod/a.yaml': secret.replace('name: s', ''),
      },
      /^prod\/a.yaml:1: kustomize: .*missing metadata.name/,
    ],
    [
      'an object with generateName alone',
      {
        'prod/kustomization.yaml': 'resources: [a.yaml]\n',
        'prod/a.yaml': secret.replace('name: s', 'generateName: s-'),
      },
      /^prod\/a.yaml:1: kustomize: .*missing metadata.name/,
    ],
    [
      'YAML that is none',
      {
        'prod/kustomization.yaml': 'resources: [a.yaml]\n',
        'prod/a.yaml': `${secret}b: {hunter2: x]\n`,
      },
      /^prod\/a.yaml:4: kustomize: .*yaml: line 4/,
    ],
    [
      'a patch of nothing',
      {
        'prod/kustomization.yaml': 'resources: [a.yaml]\npatches: [{path: p.yaml}]\n',
        'prod/a.yaml': secret,
        'prod/p.yaml': secret.replace('name: s', 'name: z'),
      },
      /^prod\/kustomization.yaml:1: kustomize: no resource matches .*Secret z/,
    ],
    [
      'a patch that is none',
      {
        'prod/kustomization.yaml': 'resources: [a.yaml]\npatches: [{path: p.yaml}]\n',
        'prod/a.yaml': secret,
        'prod/p.yaml': 'hunter2: [x]\n',
      },
      /^prod\/\w+.yaml:1: kustomize: /,
    ],
  ]
  for (const [title, files, problem] of refused) {
    test(`is a problem of ${title}, without what is in the files`, async (t) => {
      const problems = await problemsOf(t, files)
      assert.equal(problems.length, 1)
      assert.match(problems[0] ?? '', problem)
      assert.doesNotMatch(problems[0] ?? '', /hunter2|solewriter-build/)
    })
  }

  test('other sources are read all the same', async (t) => {
    const other = { ...plain, path: 'apps' }
    const { git, find } = await kustomized(t, { sources: [overlay, other] })
    const commit = await git.commit({
      'prod/kustomization.yaml': 'generators: [x]\n',
      'apps/a.yaml': configMap('a'),
    })
    assert.equal((await find(commit, idOf('a'))).kind, 'declared')
  })
})
