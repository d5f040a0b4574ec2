import assert from 'node:assert/strict'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { run, type Outcome } from '../cluster/run.ts'
import {
  patch,
  postMortems,
  scaleTo,
  scaling,
  startGround,
  type Ground,
} from './break-glass-ground.ts'
import { eventually } from './eventually.ts'
import { assertRefused, assertTaken, refusalOf } from './refusals.ts'
import type { Requester } from './requester.ts'

// Looking back, as people do it: the commands against a real API server, whose Git is down.

const root = path.join(import.meta.dirname, '..', '..')
const main = path.join(root, 'src', 'cli', 'main.ts')
const secretPath = '/api/v1/namespaces/pay/secrets/db'
const settingsPath = '/api/v1/namespaces/pay/configmaps/settings'

let ground: Ground
let alice: Requester
let viewer: string

before(async () => {
  ground = await startGround([
    path.join(root, 'manifests', 'base', 'roles.yaml'),
    path.join(import.meta.dirname, 'fixtures', 'viewers.yaml'),
  ])
  alice = ground.as('alice')
  viewer = await ground.cluster.kubeconfig({ kind: 'user', user: 'vera', groups: ['viewers'] })
})

after(() => ground.end())

/** `solewriter ARGS` as somebody, by their own name or kubeconfig. */
function solewriter(who: string, ...args: readonly string[]): Promise<Outcome> {
  const { kubeconfigs } = ground.cluster
  const env = { PATH: process.env['PATH'], HOME: ground.dir, KUBECONFIG: kubeconfigs[who] ?? who }
  return run(process.execPath, [main, ...args], { env })
}

async function printed(who: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await solewriter(who, ...args)
  assert.equal(code, 0, stderr)
  return stdout
}

const base = { operations: ['UPDATE'], namespaces: ['pay'], fields: ['*'] } as const
const inCore = (resource: string, operations: readonly ('CREATE' | 'UPDATE')[] = ['UPDATE']) => ({
  ...base,
  apiGroups: [''],
  resources: [resource],
  operations,
})
const password = (text: string) => Buffer.from(text).toString('base64')

/** Under a grant of its own, which is over then. */
async function withSecret(): Promise<string> {
  const name = await ground.activate({ details: [inCore('secrets', ['CREATE', 'UPDATE'])] })
  const body = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'db', namespace: 'pay' },
    data: { password: password('first-hunter') },
  }
  assertTaken(await alice({ method: 'POST', path: '/api/v1/namespaces/pay/secrets', body }), 201)
  assertTaken(await alice(patch(secretPath, { data: { password: password('second-hunter') } })))
  return name
}

async function phaseOf(name: string): Promise<string> {
  const shown = await printed('bob', 'postmortem', 'show', name, '-o', 'json')
  return (JSON.parse(shown) as { readonly phase: string }).phase
}

describe('a grant with many uses', () => {
  let name: string

  before(async () => {
    name = await ground.activate({ details: [scaling, inCore('configmaps')] })
    assertTaken(await alice(scaleTo(5)))
    const data = { LOG_LEVEL: 'debug', DB_PASSWORD: 'third-hunter', 'app.yaml': 'a: 1\nb: 2\n' }
    assertTaken(await alice(patch(settingsPath, { data })))
    assertTaken(await alice(patch(settingsPath, { data: { LOG_LEVEL: 'info' } })))
    await eventually('the post-mortem has them', async () => {
      const { stdout } = await solewriter('bob', 'postmortem', 'show', name)
      return stdout.includes('use 3')
    })
  })

  test('has them in its diff, with what stands there now', async () => {
    const shown = await printed('alice', 'breakglass', 'diff', name)
    const [title, scaled, first, second] = shown.split('\n\n')
    assert.match(title ?? '', new RegExp(`^${name}: 3 uses by alice \\(INC-7: `))
    assert.match(scaled ?? '', /^use 1 +UPDATE deployments\.apps\/scale pay\/api$/m)
    assert.match(scaled ?? '', /^now +as the use left it$/m)
    assert.match(scaled ?? '', /^\+ +spec\.replicas +\(none\) +5 +5$/m)
    assert.match(first ?? '', /^now +neither as before nor as the use left it$/m)
    assert.match(first ?? '', /^\+ +data\.LOG_LEVEL +\(none\) +debug +info$/m)
    assert.match(
      first ?? '',
      /^\+ +data\.DB_PASSWORD +\(none\) +\(confidential\) +\(confidential\)$/m,
    )
    assert.match(first ?? '', /^\+ +data\["app\.yaml"\] +\(none\) +\(document\) +\(document\)$/m)
    assert.match(second ?? '', /^~ +data\.LOG_LEVEL +debug +info +info$/m)
    assert.doesNotMatch(shown, /hunter/)
  })

  test('reads well as kubectl shows it', async () => {
    const { code, stdout } = await ground.cluster.kubectl('admin', [
      'get',
      'bg',
      name,
      '-o',
      'yaml',
    ])
    assert.equal(code, 0)
    assert.match(stdout, /^ +- op: add\n +path: spec\.replicas\n +value: "5"$/m)
    assert.match(
      stdout,
      /^ +- from: debug\n +op: replace\n +path: data\.LOG_LEVEL\n +value: info$/m,
    )
    assert.match(stdout, /^ +- hidden: Confidential\n +op: add\n +path: data\.DB_PASSWORD$/m)
  })

  test('keeps its diff, whoever writes its status', async () => {
    const own = {
      kind: 'service-account',
      namespace: 'solewriter-system',
      name: 'solewriter',
    } as const
    const kubeconfig = await ground.cluster.kubeconfig({ ...own, isPodBound: false })
    const ours = ground.as(kubeconfig)
    const grantPath = `/apis/solewriter.dev/v1alpha1/breakglassgrants/${name}`
    const grant = await ground.grant(name)
    const uses = grant.status?.uses?.map((use) => ({ ...use, diff: [] }))
    const body = { ...grant, status: { ...grant.status, uses } }
    const forged = await ours({ method: 'PUT', path: `${grantPath}/status`, body })
    assertRefused(forged, 'Protected')
  })

  test('is not closed before it is over', async () => {
    const args = ['postmortem', 'close', name, '--verdict', 'justified', '--notes', 'x']
    const { code, stdout, stderr } = await solewriter('bob', ...args)
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(
      stderr,
      /^pm-\S+ is not resolved: .*\nHow each use stands: kubectl breakglass diff /,
    )
  })

  test('is shown to whoever may only look, as far as they may', async () => {
    const shown = await printed(viewer, 'breakglass', 'diff', name, '--use', '1')
    assert.match(shown, /^now +you may not read it$/m)
    assert.match(shown, /^\+ +spec\.replicas +\(none\) +5$/m)
    const close = ['postmortem', 'close', name, '--verdict', 'justified', '--notes', 'x']
    assert.equal((await solewriter(viewer, ...close)).code, 1)
  })
})

/** Whoever is told that the use or its record could not be stored tries again: that is the same use. */
async function write(text: string): Promise<void> {
  const keys = Array.from({ length: 30 }, (_, i) => [`k${i}`, text] as const)
  await eventually('it is stored', async () => {
    const answer = await alice(patch(settingsPath, { data: Object.fromEntries(keys) }))
    if (/Try again/.test(refusalOf(answer)?.why ?? '')) return false
    assertTaken(answer)
    return true
  })
}

test('a hundred uses, each with all that it keeps, are stored in the grant and its post-mortem', async () => {
  const name = await ground.activate({ details: [inCore('configmaps')], maxUses: 100 })
  for (let round = 1; round <= 100; round += 1) await write(`round ${round} `.repeat(9))
  let size = 0
  await eventually('the post-mortem has them all', async () => {
    const shown = await alice({
      method: 'GET',
      path: `${postMortems}/${name.replace('bg-', 'pm-')}`,
    })
    size = shown.text.length
    const { status } = shown.json as unknown as {
      readonly status?: { readonly uses?: readonly { readonly diffTruncated?: boolean }[] }
    }
    const uses = status?.uses ?? []
    return uses.length === 100 && uses.every(({ diffTruncated }) => diffTruncated === true)
  })
  assert.ok(size > 100_000 && size < 750_000, String(size))
  const shown = await printed('alice', 'breakglass', 'diff', name, '--use', '100')
  assert.match(shown, /^now +as the use left it$/m)
  assert.match(shown, /^there was more than a use keeps$/m)
})

describe('a grant under which only a Secret was written', () => {
  let name: string
  const postMortem = () => name.replace('bg-', 'pm-')

  before(async () => {
    name = await withSecret()
    const ended = await solewriter('alice', 'breakglass', 'end', name)
    assert.equal(ended.code, 0, ended.stderr)
    await eventually('nothing is left for Git to say', async () => {
      const { code, stdout } = await solewriter('bob', 'postmortem', 'show', name, '-o', 'json')
      return code === 0 && (JSON.parse(stdout) as { phase: string }).phase === 'Resolved'
    })
  })

  test('has no value of it anywhere', async () => {
    const everything = ['get', 'bg,pm,events', '-A', '-o', 'yaml']
    const { code, stdout } = await ground.cluster.kubectl('admin', everything)
    assert.equal(code, 0)
    const shown = await Promise.all([
      printed('alice', 'breakglass', 'diff', name),
      printed('bob', 'postmortem', 'show', name),
      printed('bob', 'postmortem', 'show', name, '-o', 'json'),
      printed('bob', 'postmortem', 'show', name, '-o', 'markdown'),
    ])
    for (const text of [stdout, ...shown]) {
      for (const value of ['first-hunter', 'second-hunter']) {
        assert.ok(!text.includes(value) && !text.includes(password(value)))
      }
    }
    assert.match(shown[0] ?? '', /^~ +data\.password +\(confidential\) +\(confidential\)/m)
  })

  test('is a page for the repository that names nobody', async () => {
    const page = await printed('bob', 'postmortem', 'show', name, '-o', 'markdown')
    assert.match(page, new RegExp(`^# Post-mortem ${postMortem()}$`, 'm'))
    assert.match(page, /^\| Holder \| the on-call engineer \|$/m)
    assert.match(page, /^> 5xx storm, more of the api$/m)
    assert.match(page, /^### Use 2: UPDATE `secrets pay\/db`$/m)
    assert.doesNotMatch(page, /\b(?:alice|bob)\b/)
  })

  test('is not reviewed by its holder, however the holder goes about it', async () => {
    const args = ['postmortem', 'close', name, '--verdict', 'justified', '--notes', 'fine']
    const { code, stdout, stderr } = await solewriter('alice', ...args)
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, /^nobody reviews their own grant: somebody other than alice closes pm-/)
    const reviewed = (by: string) =>
      alice(
        patch(`${postMortems}/${postMortem()}`, { spec: { review: { by, verdict: 'justified' } } }),
      )
    assertRefused(await reviewed('alice'), 'Protected')
    assertRefused(await reviewed('bob'), 'Protected')
  })

  test('is drafted by its holder, and closed by somebody else, for good', async () => {
    const link = 'https://git.example.com/acme/post-mortems/1'
    const drafted = { spec: { review: { by: 'alice', link } } }
    assertTaken(await alice(patch(`${postMortems}/${postMortem()}`, drafted)))
    const close = [
      'postmortem',
      'close',
      name,
      '--verdict',
      'justified',
      '--notes',
      'it was out of date',
    ]
    assert.equal(await printed('bob', ...close), `${postMortem()} is closed: justified\n`)
    assert.equal(await phaseOf(name), 'Closed')
    const shown = await printed('bob', 'postmortem', 'show', name)
    assert.match(shown, /^review +justified by bob at \S+$/m)
    assert.match(shown, new RegExp(`^link +${link}$`, 'm'))
    const listed = await printed('bob', 'postmortem', 'list')
    assert.match(listed, new RegExp(`^${postMortem()} +alice +INC-7 +Closed `, 'm'))
    assert.ok(!(await printed('bob', 'postmortem', 'list', '--open')).includes(postMortem()))

    const bob = ground.as('bob')
    const other = { spec: { review: { verdict: 'unjustified' } } }
    assertRefused(await bob(patch(`${postMortems}/${postMortem()}`, other)), 'Protected')
    const again = await solewriter('bob', ...close)
    assert.deepEqual(
      [again.code, again.stderr],
      [1, `${postMortem()} is closed already: justified\n`],
    )
  })
})
