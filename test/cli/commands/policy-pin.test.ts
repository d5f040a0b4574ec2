import assert from 'node:assert/strict'
import { test } from 'node:test'
import { run } from '../../../src/cli/run.ts'
import { fakeEnv } from '../fake-env.ts'
import { scratch } from '../scratch.ts'

const application = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: apps, namespace: argocd, resourceVersion: "7"}
spec: {project: default}
status: {health: {status: Healthy}}
`
const cwd = scratch({
  'app.yaml': application,
  'list.json': JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: ['a', 'b'].map((name) => ({
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: { name, namespace: 'flux-system' },
      spec: { url: 'https://git.example.com/fleet' },
    })),
  }),
  'two.yaml': `${application}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\n`,
  'broken.yaml': 'a: [\n',
  'empty.yaml': '# nothing\n',
})

async function pin(args: readonly string[], input?: string) {
  const env = fakeEnv({ cwd, ...(input === undefined ? {} : { input }) })
  const status = await run(['policy', 'pin', ...args], env)
  return { status, out: env.out(), err: env.err() }
}

const digest = 'sha256:f18875fead05ff7e6878b8be2610c70b5c5d1ff53928b596e6546f86462bfd72'

test('an object is printed as a root to paste', async () => {
  const { status, out, err } = await pin(['-f', 'app.yaml'])
  assert.equal(status, 0)
  assert.equal(err, '')
  assert.equal(
    out,
    `roots:\n- {resource: applications.argoproj.io, namespace: "argocd", name: "apps", digest: "${digest}"}\n`,
  )
})

test('lists, several files and standard input are read alike', async () => {
  const { out } = await pin(['-f', 'list.json', '-f', '-', '-o', 'json'], application)
  const { roots } = JSON.parse(out) as { roots: { name: string; digest: string }[] }
  assert.deepEqual(
    roots.map(({ name }) => name),
    ['a', 'b', 'apps'],
  )
  assert.equal(roots[2]?.digest, digest)
})

const refused: readonly [file: string, said: RegExp][] = [
  ['two.yaml', /two\.yaml:7: ConfigMap a is no object of an engine; those are /],
  ['broken.yaml', /broken\.yaml:\d+: /],
  ['empty.yaml', /empty\.yaml: holds no object/],
  ['none.yaml', /none\.yaml cannot be read/],
]
for (const [file, said] of refused) {
  test(`${file} prints no root at all`, async () => {
    const { status, out, err } = await pin(['-f', 'app.yaml', '-f', file])
    assert.equal(status, 2)
    assert.equal(out, '')
    assert.match(err, said)
  })
}
