import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { at, type JsonObject } from '../../src/core/manifest/json.ts'
import { specimen, startContentCluster, type ContentCluster } from './content-cluster.ts'
import { eventually } from './eventually.ts'
import { claimedAs, readSpecimens, servedKinds, type Specimen } from './kind-manifests.ts'
import { assertRefused, assertTaken } from './refusals.ts'
import type { ApiAnswer } from './requester.ts'

// Ways of writing what a commit declares: by patches, by several field managers, custom resources,
// and Pods of which the API server's own plugins make more.

const fixture = (name: string) =>
  readFileSync(path.join(import.meta.dirname, 'fixtures', 'content-writes', name), 'utf8')
const files = {
  'writes/custom.yaml': fixture('custom.yaml'),
  'writes/definition.yaml': fixture('definition.yaml'),
  'writes/pods.yaml': fixture('pods.yaml'),
  'writes/web.yaml': fixture('web.yaml'),
}
const serverSide = ['--server-side', '--force-conflicts']

let content: ContentCluster

before(async () => {
  content = await startContentCluster(files)
})

after(() => content.end())

async function apply(objects: readonly JsonObject[], ...flags: readonly string[]) {
  const items = await Promise.all(objects.map((object) => content.claim(object)))
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
  const args = ['apply', '-n', 'zoo', ...flags, '-f', '-']
  return content.cluster.kubectl('ci', args, { input })
}

async function assertApplied(objects: readonly JsonObject[], ...flags: readonly string[]) {
  const { code, stderr } = await apply(objects, ...flags)
  assert.equal(code, 0, stderr)
}

async function declaredIn(file: keyof typeof files): Promise<readonly Specimen[]> {
  return readSpecimens({ [file]: files[file] }, await servedKinds(content.ci), 'zoo')
}

async function live({ path: where }: Pick<Specimen, 'path'>): Promise<JsonObject> {
  const answer = await content.ci({ method: 'GET', path: where })
  assert.equal(answer.status, 200, answer.text)
  return answer.json as unknown as JsonObject
}

async function create({ collection, object }: Specimen, query = '?dryRun=All') {
  const body = await content.claim(object)
  return content.ci({ method: 'POST', path: `${collection}${query}`, body })
}

function causes({ json }: ApiAnswer): readonly string[] {
  const { causes: found = [] } = json['details'] as { causes?: readonly { field: string }[] }
  return found.map(({ field }) => field)
}

describe('a Pod of its own', () => {
  test('may have what the plugins of the API server put into it', async () => {
    const pods = (await declaredIn('writes/pods.yaml')).filter(({ kind }) => kind.kind === 'Pod')
    for (const pod of pods) assertTaken(await create(pod), 201)
    assert.equal(pods.length, 2)
  })

  test('may not have what they would not put there', async () => {
    const [pod] = await declaredIn('writes/pods.yaml')
    assert.ok(pod)
    const spec = pod.object['spec'] as JsonObject
    const resources = { limits: { memory: '1Gi' } }
    for (const [field, changes] of Object.entries({
      'spec.imagePullSecrets[name=other]': { imagePullSecrets: [{ name: 'other' }] },
      'spec.tolerations': { tolerations: [{ operator: 'Exists' }] },
      'spec.nodeSelector': { nodeSelector: { zone: 'a' } },
      'spec.priorityClassName': { priorityClassName: 'urgent' },
      'spec.serviceAccountName': { serviceAccountName: 'default' },
      'spec.initContainers[name=init].resources': {
        initContainers: [{ name: 'init', image: 'example.com/a:1', resources }],
      },
    })) {
      const object = { ...pod.object, spec: { ...spec, ...changes } }
      const answer = await create({ ...pod, object })
      assertRefused(answer, 'ContentMismatch')
      assert.ok(causes(answer).includes(field), `${field}: ${causes(answer).join(', ')}`)
    }
  })
})

describe('a Job without a name', () => {
  test('gets one each time, and is what Git declares', async () => {
    const jobs = (await declaredIn('writes/pods.yaml')).filter(({ kind }) => kind.kind === 'Job')
    const [job] = jobs
    assert.ok(job)
    const first = await create(job, '')
    assertTaken(first, 201)
    assertTaken(await create(job, ''), 201)
    const spec = { ...(job.object['spec'] as JsonObject), suspend: false }
    assertRefused(await create({ ...job, object: { ...job.object, spec } }), 'ContentMismatch')
  })
})

describe('a custom resource', () => {
  before(async () => {
    const isDefinition = ({ kind }: Specimen) => kind.kind === 'CustomResourceDefinition'
    const [other] = await declaredIn('writes/definition.yaml')
    const definitions = [...content.specimens.filter(isDefinition), ...(other ? [other] : [])]
    await assertApplied(definitions.map(({ object }) => object))
    await eventually('served kinds', async () => {
      const kinds = await servedKinds(content.ci)
      return ['Widget', 'Gadget'].every((kind) => kinds.has(`zoo.example.com/v1 ${kind}`))
    })
  })

  test('is admitted with the defaults of its schema, however it is applied', async () => {
    const custom = await declaredIn('writes/custom.yaml')
    for (const one of custom) assertTaken(await create(one), 201)
    const objects = custom.map(({ object }) => object)
    for (const flags of [[], [], serverSide, serverSide]) await assertApplied(objects, ...flags)
    const [full, bare] = custom
    assert.ok(full && bare)
    assert.deepEqual(at(await live(bare), 'spec', 'options'), { mode: 'fast', level: 3 })
    assert.equal(at(await live(full), 'spec', 'parts') === undefined, false)
  })

  test('is denied with another leaf, a missing one, or a part of a default', async () => {
    const custom = await declaredIn('writes/custom.yaml')
    const [full, bare, free] = custom
    assert.ok(full && bare && free)
    const cases: readonly [Specimen, JsonObject, string][] = [
      [full, { size: 4 }, 'spec.size'],
      [full, { port: 80 }, 'spec.port'],
      [full, { limits: { cpu: '1', memory: '' } }, 'spec.limits.cpu'],
      [full, { tags: ['a', 'c'] }, 'spec.tags[*]'],
      [full, { parts: [{ name: 'one' }, { name: 'two' }] }, 'spec.parts[name=one].count'],
      [full, { parts: [{ name: 'one', count: 2 }] }, 'spec.parts[name=two]'],
      [full, { note: 'x' }, 'spec.note'],
      [full, { free: { any: [1, { b: null }], empty: {} } }, 'spec.free.list'],
      [bare, { options: { mode: 'fast', level: 4 } }, 'spec.options.level'],
      [bare, { color: 'red' }, 'spec.color'],
      [bare, { note: null }, 'spec.note'],
      [free, { list: [{ a: 2 }, { a: 1 }] }, 'spec.list[*].a'],
      [free, { empty: null }, 'spec.empty'],
      [free, { nothing: 0 }, 'spec.nothing'],
    ]
    for (const [one, changes, field] of cases) {
      const spec = { ...(one.object['spec'] as JsonObject), ...changes }
      const answer = await create({ ...one, object: { ...one.object, spec } })
      assertRefused(answer, 'ContentMismatch')
      assert.deepEqual([...new Set(causes(answer))], [field])
    }
  })
})

describe('a Deployment that has drifted', () => {
  const drift = {
    metadata: { labels: { drifted: 'x' } },
    spec: {
      replicas: 5,
      template: {
        spec: {
          containers: [
            { name: 'web', image: 'example.com/drift:1', env: [{ name: 'C', value: '3' }] },
            { name: 'foreign', image: 'example.com/foreign:1' },
          ],
        },
      },
    },
  }
  let web: Specimen

  before(async () => {
    const [first] = await declaredIn('writes/web.yaml')
    assert.ok(first)
    web = first
    await assertApplied([web.object])
  })

  async function drifts(type: string, query = ''): Promise<void> {
    const body = claimedAs(
      { apiVersion: 'apps/v1', kind: 'Deployment', ...drift },
      { commit: await next() },
    )
    const patch = { method: 'PATCH', path: `${web.path}${query}`, body, type }
    assertTaken(await content.loose(patch))
  }

  /** A commit that changes nothing here: a writer of level commit needs a new one each time. */
  function next(): Promise<string> {
    return content.fleet.commit({ 'other.txt': String(Math.random()) })
  }

  test('is put right by the client, what is foreign stays', async () => {
    await drifts('application/strategic-merge-patch+json')
    await assertApplied([web.object])
    const now = await live(web)
    assert.equal(at(now, 'spec', 'replicas'), 2)
    assert.equal(at(now, 'metadata', 'labels', 'drifted'), 'x')
    assert.match(JSON.stringify(now), /example\.com\/foreign/)
  })

  test('is put right by the server, beside another field manager', async () => {
    await drifts('application/apply-patch+yaml', '?fieldManager=drift&force=true')
    await assertApplied([web.object], ...serverSide)
    const now = await live(web)
    assert.equal(at(now, 'spec', 'replicas'), 2)
    assert.doesNotMatch(JSON.stringify(at(now, 'spec')), /example\.com\/drift/)
  })

  test('is changed by the next commit, removals included', async () => {
    const text = files['writes/web.yaml']
      .replace('example.com/web:1', 'example.com/web:2')
      .replace("        - { name: side, image: 'example.com/side:1' }\n", '')
      .replace('{ name: A', '{ name: Z')
    await content.fleet.commit({ 'writes/web.yaml': text })
    const kinds = await servedKinds(content.ci)
    const [second] = readSpecimens({ 'web.yaml': text }, kinds, 'zoo')
    assert.ok(second)
    assertRefusedBy(await apply([web.object]), /last-applied-configuration"\] is new/)
    await assertApplied([second.object])
    await assertApplied([second.object], ...serverSide)
    assert.doesNotMatch(JSON.stringify(at(await live(web), 'spec')), /example\.com\/side/)
  })

  test('is scaled by nobody whose claim is an annotation', async () => {
    const type = 'application/merge-patch+json'
    const request = {
      method: 'PATCH',
      path: `${web.path}/scale`,
      type,
      body: { spec: { replicas: 2 } },
    }
    assertRefused(await content.ci(request), 'EvidenceMissing')
  })
})

function assertRefusedBy({ code, stderr }: { code: number; stderr: string }, why: RegExp): void {
  assert.equal(code, 1)
  assert.match(stderr, /\[ContentMismatch\]/)
  assert.match(stderr, why)
}

describe('what the client sends', () => {
  const collection = '/apis/apps/v1/namespaces/zoo/deployments?dryRun=All'

  async function post(text: string, query = '') {
    return content.ci({ method: 'POST', path: collection + query, body: text })
  }

  test('counts as the API server reads it: unknown fields, case, and keys that come twice', async () => {
    const { object } = specimen(content, 'apps/v1 Deployment minimal')
    const text = JSON.stringify(await content.claim(object))
    const ignore = '&fieldValidation=Ignore'
    const spec = '"spec":{"replicas":0'
    assert.ok(text.includes(spec))
    assertTaken(
      await post(text.replace(spec, '"spec":{"Replicas":9,"odd":1,"replicas":0'), ignore),
      201,
    )
    const twice = await post(text.replace(spec, '"spec":{"replicas":0,"replicas":9'), ignore)
    assertRefused(twice, 'ContentMismatch')
    assert.deepEqual(causes(twice), ['spec.replicas'])
  })

  test('may be spelt otherwise: quantities, null, nothing, and the order of keys', async () => {
    const { object } = specimen(content, 'apps/v1 Deployment api')
    const text = JSON.stringify(await content.claim(object))
    const other = text
      .replace('"cpu":"500m"', '"cpu":"0.5"')
      .replace('"memory":"64Mi"', '"memory":"65536Ki"')
      .replace(
        '"securityContext":{}',
        '"securityContext":{},"hostNetwork":false,"nodeSelector":null',
      )
    assert.notEqual(other, text)
    assertTaken(await post(other), 201)
    const reversed = JSON.parse(other, (_, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).toReversed())
        : value,
    ) as object
    assertTaken(await post(JSON.stringify(reversed)), 201)
  })

  test('needs no namespace where the source has one', async () => {
    const kinds = await servedKinds(content.ci)
    const body = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'no-namespace' },
      data: { a: '1' },
    }
    assert.ok(kinds.has('v1 ConfigMap'))
    for (const flags of [[], [], serverSide]) await assertApplied([body], ...flags)
  })
})
