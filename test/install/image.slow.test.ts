import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, test } from 'node:test'
import { entrypoint } from '../../scripts/image-steps.ts'

// No image can be built where tests run: what its build does is run here, by the same script.

const root = path.join(import.meta.dirname, '..', '..')
const dockerfile = readFileSync(path.join(root, 'Dockerfile'), 'utf8')
const steps = path.join(root, 'scripts', 'image-steps.ts')
const scratch = mkdtempSync(path.join(tmpdir(), 'solewriter-image-test-'))
const image = path.join(scratch, 'opt')
const renderers = path.join(scratch, 'renderers')

after(() => rmSync(scratch, { recursive: true }))

function step(...args: readonly string[]) {
  return spawnSync(process.execPath, [steps, ...args], { encoding: 'utf8' })
}

/** The last stage, which is the image. */
const lastStage = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '))

describe('Dockerfile', () => {
  test('runs the steps that are run here', () => {
    const found = dockerfile.matchAll(/^RUN node scripts\/image-steps\.ts (.*)$/gm)
    assert.deepEqual(
      Array.from(found, ([, args]) => args),
      [
        'bundle /opt/solewriter',
        'renderers /opt/renderers',
        'check /opt/solewriter /opt/renderers',
      ],
    )
    const bundled = step('bundle', image)
    assert.equal(bundled.status, 0, bundled.stderr)
    const put = step('renderers', renderers)
    assert.equal(put.status, 0, put.stderr)
    const checked = step('check', image, renderers)
    assert.equal(checked.status, 0, checked.stderr)
  })

  test('takes its base as an argument without a default', () => {
    assert.match(dockerfile, /^ARG BASE\nFROM \$\{BASE\} AS base$/m)
    const bases = Array.from(dockerfile.matchAll(/^FROM (\S+)/gm), ([, base]) => base)
    assert.deepEqual(bases, ['${BASE}', 'base', 'base'])
  })

  test('leaves an image that runs as nobody in particular, with git and without npm', () => {
    assert.match(lastStage, /^USER 65532:65532$/m)
    assert.match(lastStage, /^RUN rm -rf .*\/usr\/local\/bin\/npm\b/m)
    assert.match(dockerfile, /install .* git ca-certificates openssh-client/)
    assert.doesNotMatch(lastStage, /^COPY (?!--from=build \/opt\/(?:solewriter|renderers) )/m)
  })

  test('starts it with the memory that the benchmark measures, and without __proto__', () => {
    const bench = readFileSync(path.join(root, 'bench', 'children.ts'), 'utf8')
    const memory = bench.match(/--(?:use|max|initial)-[a-z-]+=\w+/g) ?? []
    const [command, ...words] = entrypoint('/x')
    assert.equal(command, 'node')
    assert.deepEqual(words, ['--disable-proto=delete', ...memory, '/x/solewriter.js'])
  })
})

describe('the check of an image', () => {
  test('fails when the bundle does not start', () => {
    const { status, stderr } = step('check', path.join(scratch, 'nothing'), renderers)
    assert.equal(status, 1)
    assert.match(stderr, /Cannot find module/)
  })

  test('fails when a renderer is missing', () => {
    const { status, stderr } = step('check', image, path.join(scratch, 'nothing'))
    assert.equal(status, 1)
    assert.match(stderr, /there is no kustomize in PATH/)
  })

  test('says how it is used', () => {
    assert.equal(step('frobnicate', image).status, 2)
  })
})
