import assert from 'node:assert/strict'
import { before, describe, test, type TestContext } from 'node:test'
import type { Plan } from '../../src/core/plans/plan.ts'
import type { Tools } from '../../src/render/tools.ts'
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

describe('what a kustomization declares', () => {
  test('objects of its bases, renamed and patched, each with the file that it is from', async (t) => {
    const { git, find, index } = await kustomized(t)
    const commit = await git.commit({
      ...base,
      'prod/kustomization.yaml': `namePrefix: prod-
namespace: pay
resources: [../base]
patches: [{path: patch.yaml}]
configMapGenerator:
  - name: settings
    files: [key=settings.txt]
`,
      'prod/patch.yaml': configMap('a', undefined, 'patched'),
      'prod/settings.txt': 'hello',
    })
    const found = await find(commit, idOf('prod-a', 'pay'))
    assert.ok(found.kind === 'declared')
    assert.equal(`${found.object.file}:${found.object.line}`, 'base/a.yaml:2')
    assert.match(JSON.stringify(found.object.object), /"data":\{"a":"patched"\}/)
    const other = await find(commit, idOf('prod-b', 'pay'))
    assert.equal(other.kind === 'declared' && other.object.file, 'base/more/b.yaml')
    const [listing] = await index.list('fleet', commit)
    const made = listing?.entries.find(({ id }) => id.name.startsWith('prod-settings-'))
    assert.equal(`${made?.file}:${made?.line}`, 'prod/kustomization.yaml:6')
    assert.equal((await find(commit, idOf('a'))).kind, 'absent')
  })

  test('the root of the repository may be built, and components, crds and transformers are opened', async (t) => {
    const { git, find, index } = await kustomized(t, { sources: [{ ...overlay, path: '.' }] })
    const commit = await git.commit({
      Kustomization: `resources: [a.yaml]
components: [labels]
configurations: [names.yaml]
transformers: [note.yaml]
`,
      'a.yaml': configMap('a'),
      'names.yaml': 'nameReference: []\n',
      'note.yaml': `apiVersion: builtin
kind: AnnotationsTransformer
metadata: {name: note}
annotations: {solewriter.dev/repo: fleet}
fieldSpecs: [{path: metadata/annotations, create: true}]
`,
      'labels/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
labels: [{pairs: {team: pay}}]
`,
    })
    const found = await find(commit, idOf('a'))
    assert.deepEqual(index.problems('fleet', commit), [])
    assert.ok(found.kind === 'declared')
    assert.match(
      JSON.stringify(found.object.object),
      /"solewriter.dev\/repo":"fleet".*"team":"pay"/,
    )
  })

  test('a commit that touches none of its files renders nothing', async (t) => {
    const { git, find, events } = await kustomized(t)
    const files = { ...base, 'prod/kustomization.yaml': 'resources: [../base]\n' }
    const first = await git.commit({ ...files, 'base/unused.yaml': configMap('x') })
    const second = await git.commit({ ...files, 'base/unused.yaml': configMap('y'), 'z.yaml': '' })
    const third = await git.commit({ ...files, 'base/a.yaml': configMap('c') })
    await find(first, idOf('a'))
    await find(second, idOf('a'))
    assert.equal(events.length, 1)
    assert.equal((await find(third, idOf('a'))).kind, 'absent')
    assert.equal(events.length, 2)
  })

  test('what is in memory needs nothing of Git or of kustomize', async (t) => {
    const { git, find } = await kustomized(t)
    const commit = await git.commit({
      ...base,
      'prod/kustomization.yaml': 'resources: [../base]\n',
    })
    await find(commit, idOf('a'))
    const before = { ...git.calls }
    git.breakDown()
    assert.equal((await find(commit, idOf('a'))).kind, 'declared')
    assert.deepEqual(git.calls, before)
  })

  test('a document that another commit does not change is not parsed again, nor named otherwise', async (t) => {
    const { git, find, index } = await kustomized(t)
    const files = { ...base, 'prod/kustomization.yaml': 'resources: [../base]\n' }
    const first = await git.commit(files)
    const second = await git.commit({ ...files, 'base/a.yaml': configMap('a', undefined, 'new') })
    await find(first, idOf('a'))
    const before = index.usage().bytes
    const found = await find(second, idOf('a'))
    assert.match(JSON.stringify(found.kind === 'declared' && found.object.object), /"new"/)
    assert.ok(index.usage().bytes < 2 * before)
    const other = await find(second, idOf('b'))
    assert.equal(other.kind === 'declared' && other.object.commit, second)
  })

  test('what left memory is rendered again', async (t) => {
    const limits = { cacheBytes: 1 }
    const { git, find } = await kustomized(t, { limits })
    const files = (data: string) => ({
      'prod/kustomization.yaml': 'resources: [a.yaml]\n',
      'prod/a.yaml': configMap('a', 'default', data),
    })
    const first = await git.commit(files('one'))
    const second = await git.commit(files('two'))
    await find(first, idOf('a'))
    await find(second, idOf('a'))
    const again = await find(first, idOf('a'))
    assert.ok(again.kind === 'declared')
    assert.match(JSON.stringify(again.object.object), /"one"/)
  })

  test('an object that two sources render differently is a duplicate, and alike it is one', async (t) => {
    const second = { ...overlay, path: 'more' }
    const release = { ...overlay, branch: 'release' }
    const { git, find, index } = await kustomized(t, { sources: [overlay, second, release] })
    const both = {
      ...base,
      'prod/kustomization.yaml': 'resources: [../base]\n',
      'more/kustomization.yaml': 'resources: [../base/more]\ncommonAnnotations: {a: b}\n',
    }
    const commit = await git.commit(both)
    assert.equal((await find(commit, idOf('b'))).kind, 'duplicate')
    const same = { ...both, 'more/kustomization.yaml': 'resources: [../base/more]\n' }
    const rendered = await find(await git.commit(same), idOf('b'))
    assert.ok(rendered.kind === 'declared')
    assert.deepEqual(rendered.object.plans, [overlay, second])
    const query = { repository: 'fleet', commit, branches: ['main', 'release'], id: idOf('a') }
    const found = await index.find(query, new AbortController().signal)
    assert.equal(found.kind, 'declared')
  })
})
