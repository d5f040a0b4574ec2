import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test, type TestContext } from 'node:test'
import type { IndexLimits } from '../../src/render/index-limits.ts'
import type { Plan } from '../../src/core/plans/plan.ts'
import { openTools, type Tools } from '../../src/render/tools.ts'
import { eventually } from '../e2e/eventually.ts'
import { configMap, idOf, plain, setUp } from './index-setup.ts'
import { realTools } from './real-tools.ts'

const sources: readonly Plan[] = [
  { ...plain, path: 'prod', renderer: 'kustomize' },
  { ...plain, path: 'apps' },
]
const files = {
  'prod/kustomization.yaml': 'resources: [a.yaml]\n',
  'prod/a.yaml': configMap('a'),
  'apps/b.yaml': configMap('b'),
}
const limits = {
  milliseconds: 30_000,
  cpuSeconds: 30,
  memory: 384 * 1024 * 1024,
  outputBytes: 16 * 1024 * 1024,
}

let scratch: string
let temporary: string
before(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'solewriter-tools-'))
  temporary = path.join(scratch, 'tmp')
  await mkdir(temporary)
  process.env['TMPDIR'] = temporary
})
after(async () => {
  delete process.env['TMPDIR']
  await rm(scratch, { recursive: true })
})

/** A program that says it is kustomize 5, and then does this. */
async function standIn(script: string, version = 'v5.9.0'): Promise<Tools> {
  const program = path.join(await mkdtemp(path.join(scratch, 'bin-')), 'kustomize')
  const text = `#!/bin/sh\nPATH=/usr/bin:/bin\n[ "$1" = version ] && echo ${version} && exit 0\n${script}\n`
  await writeFile(program, text, { mode: 0o755 })
  const searchPath = `${path.dirname(program)}:${process.env['PATH']}`
  return openTools({ programs: {}, searchPath, now: () => 0 })
}

interface Result {
  readonly problems: readonly string[]
  /** Whether the plain source beside it is read. */
  readonly isOtherRead: boolean
}

async function render(
  t: TestContext,
  tools: Tools,
  tool: Partial<IndexLimits['tool']> = {},
): Promise<Result> {
  const options = { sources, tools, limits: { tool: { ...limits, ...tool } } }
  const { git, index, find } = await setUp(t, options)
  const commit = await git.commit(files)
  await index.keep('fleet', [commit])
  const isOtherRead = (await find(commit, idOf('b'))).kind === 'declared'
  const left = (await readdir(temporary)).filter((name) => name.startsWith('solewriter-build'))
  assert.deepEqual(left, [])
  const problems = index.problems('fleet', commit) ?? []
  return { problems: problems.map(({ file, message }) => `${file}: ${message}`), isOtherRead }
}

const main = 'prod/kustomization.yaml'

describe('a renderer that does not behave', () => {
  const bad: readonly (readonly [string, string, Partial<IndexLimits['tool']>, RegExp])[] = [
    ['takes for ever', 'sleep 1000', { milliseconds: 300 }, /takes longer than 300 ms/],
    [
      'is busy for ever',
      'while :; do :; done',
      { cpuSeconds: 1 },
      /was killed, perhaps for more than 1 s/,
    ],
    ['writes for ever', 'yes', { outputBytes: 1_000_000 }, /writes more than 1000000 bytes/],
    ['ends by a signal', 'kill -SEGV $$', {}, /was killed/],
    ['fails without a word', 'exit 3', {}, /kustomize: it does not say why/],
  ]
  for (const [title, script, tool, problem] of bad) {
    test(`${title} is a problem of its source alone, and leaves nothing behind`, async (t) => {
      const { problems, isOtherRead } = await render(t, await standIn(script), tool)
      assert.equal(problems.length, 1)
      const [text = ''] = problems
      assert.ok(text.startsWith(`${main}: kustomize`), text)
      assert.match(text, problem)
      assert.ok(isOtherRead)
    })
  }

  test('takes what it has started with it', async (t) => {
    const pids = path.join(scratch, 'pids')
    const tools = await standIn(`sleep 1000 & echo $! > ${pids}; sleep 1000`)
    await render(t, tools, { milliseconds: 500 })
    const pid = Number(readFileSync(pids, 'utf8'))
    await eventually('it is gone', () => !isAlive(pid))
  })

  test('and needs more memory than it may have is said so', async (t) => {
    const { problems } = await render(t, await realTools(), { memory: 60_000 * 1024 })
    assert.deepEqual(problems, [`${main}: kustomize needs more than 61440000 bytes of memory`])
  })

  test('is not waited for because of what has left its group', async (t) => {
    const pids = path.join(scratch, 'left')
    const { problems } = await render(
      t,
      await standIn(`setsid sh -c 'echo $$ > ${pids}; exec sleep 1000' & sleep 0.5; exit 3`),
    )
    process.kill(Number(readFileSync(pids, 'utf8')), 'SIGKILL')
    assert.match(problems[0] ?? '', /does not say why/)
  })

  test('ends when the index is stopped', async (t) => {
    const tools = await standIn(`sleep 1000`)
    const { git, index, find } = await setUp(t, { sources, tools })
    const found = assert.rejects(find(await git.commit(files), idOf('a')))
    await index.stop()
    await found
  })
})

describe('a renderer', () => {
  test('has no environment, no network, and only the files that it needs', async (t) => {
    const script = `echo "apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data:
  here: '$(pwd)'
  files: '$(find . -type f | sort | tr '\\n' ' ')'
  env: '$(env | cut -d= -f1 | sort | tr '\\n' ' ')'
  args: '$*'
  links: '$(cut -d: -f1 -s < /proc/self/net/dev | tr -d ' ' | tr '\\n' ' ')'
  nice: '$(nice)'
"`
    process.env['HTTPS_PROXY'] = 'http://127.0.0.1:1'
    t.after(() => delete process.env['HTTPS_PROXY'])
    const { git, find } = await setUp(t, { sources, tools: await standIn(script) })
    const found = await find(await git.commit(files), idOf('a'))
    assert.ok(found.kind === 'declared')
    const text = JSON.stringify(found.object.object)
    const { data } = JSON.parse(text) as { data: Record<string, string> }
    const { here = '', args, ...rest } = data
    assert.equal(args, `build --load-restrictor=LoadRestrictionsRootOnly ${here}/prod`)
    assert.deepEqual(rest, {
      files: './prod/a.yaml ./prod/kustomization.yaml ',
      env: 'GOMAXPROCS HOME LC_ALL PATH PWD TMPDIR ',
      links: (await isIsolated()) ? 'lo ' : rest['links'],
      nice: '19',
    })
  })

  test('that is not there is a problem of its source alone, and so is one of another age', async (t) => {
    const none = openTools({ programs: {}, searchPath: scratch, now: () => 0 })
    const missing = await render(t, none)
    assert.deepEqual(missing.problems, [
      `${main}: kustomize cannot be used here: there is no kustomize in PATH`,
    ])
    assert.ok(missing.isOtherRead)
    const { problems } = await render(t, await standIn('exit 0', 'v6.0.1'))
    assert.match(problems[0] ?? '', /is version 6.0.1; 5 is what is known here/)
    const programs = { kustomize: '/bin/false' }
    const silent = await render(t, openTools({ programs, searchPath: scratch, now: () => 0 }))
    assert.match(silent.problems[0] ?? '', /\/bin\/false does not say its version/)
  })

  test('that comes a minute later renders what it could not before', async (t) => {
    const clock = { now: 0 }
    const directory = await mkdtemp(path.join(scratch, 'late-'))
    const now = () => clock.now
    const tools = openTools({ programs: {}, searchPath: directory, now })
    const { git, find } = await setUp(t, { sources, tools, now })
    const commit = await git.commit(files)
    assert.equal((await find(commit, idOf('a'))).kind, 'absent')
    const script = `#!/bin/sh\n[ "$1" = version ] && echo v5.1.2 && exit\necho '${configMap('a')}'\n`
    await writeFile(path.join(directory, 'kustomize'), script, { mode: 0o755 })
    clock.now = 60_001
    assert.equal((await find(commit, idOf('a'))).kind, 'declared')
  })

  test('that was missing is found when it is there a minute later', async () => {
    const clock = { now: 0 }
    const directory = await mkdtemp(path.join(scratch, 'later-'))
    const tools = openTools({ programs: {}, searchPath: directory, now: () => clock.now })
    assert.equal((await tools.find('kustomize')).kind, 'unusable')
    await writeFile(path.join(directory, 'kustomize'), '#!/bin/sh\necho v5.1.2\n', { mode: 0o755 })
    assert.equal((await tools.find('kustomize')).kind, 'unusable')
    clock.now = 60_001
    const state = await tools.find('kustomize')
    assert.equal(state.kind === 'ready' && state.version, '5.1.2')
  })
})

describe('helm', () => {
  const chart: Plan = {
    ...plain,
    path: 'chart',
    renderer: 'helm',
    helm: { releaseName: 'a', valuesFiles: [], includeCRDs: true, apiVersions: [] },
  }
  const huge: readonly (readonly [string, string, RegExp])[] = [
    [
      'a gigabyte of output',
      '{{ range until 20000 }}# {{ repeat 50000 "x" }}\n{{ end }}',
      /needs more than \d+ bytes of memory|writes more than/,
    ],
    ['more than it may write', '# {{ repeat 2000000 "x" }}\n', /writes more than 1000000 bytes/],
  ]
  for (const [title, template, problem] of huge) {
    test(`is stopped at ${title}`, async (t) => {
      const tool = { ...limits, outputBytes: 1_000_000 }
      const options = { sources: [chart], tools: await realTools(), limits: { tool } }
      const { git, index } = await setUp(t, options)
      const commit = await git.commit({
        'chart/Chart.yaml': 'apiVersion: v2\nname: a\nversion: 1.0.0\n',
        'chart/templates/a.yaml': `${template}${configMap('a')}`,
      })
      await index.keep('fleet', [commit])
      assert.match(index.problems('fleet', commit)?.[0]?.message ?? '', problem)
    })
  }
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function isIsolated(): Promise<boolean> {
  const state = await (await realTools()).find('kustomize')
  return state.kind === 'ready' && state.isolation.length > 0
}
