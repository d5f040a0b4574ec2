import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { grants, patch, startGround, type Ground } from './break-glass-ground.ts'
import { admits, type ModelGrant } from './break-glass-model.ts'
import { eventually } from './eventually.ts'
import { assertTaken, refusalOf } from './refusals.ts'
import type { ApiRequest, Requester } from './requester.ts'

// Grants in any order of events, on the real thing, beside a model of them: no allow without a stored
// use, at most as many as the grant has, nothing after its end, and one event for each.

const dir = mkdtempSync(path.join(tmpdir(), 'solewriter-machine-'))
const told = path.join(dir, 'events.jsonl')
let ground: Ground
let alice: Requester
let bob: Requester
let serial = 0

before(async () => {
  ground = await startGround({
    breakGlass: { sinks: [{ name: 'told', kind: 'file', path: told, mandatory: true }] },
  })
  ;[alice, bob] = [ground.as('alice'), ground.as('bob')]
})

after(async () => {
  await ground.end()
  rmSync(dir, { recursive: true })
})

interface RealGrant {
  readonly name: string
  readonly token: string
  /** Only it covers names that begin so. */
  readonly prefix: string
}

interface Model {
  readonly grants: ModelGrant[]
}
interface Real {
  readonly grants: RealGrant[]
}
type Command = fc.AsyncCommand<Model, Real>

function creation(name: string): ApiRequest {
  const body = { metadata: { name } }
  return { method: 'POST', path: '/api/v1/namespaces/web/configmaps', body }
}

class Activate implements Command {
  readonly maxUses: number
  readonly session: number
  constructor(maxUses: number, session: number) {
    this.maxUses = maxUses
    this.session = session
  }
  check = () => true
  async run(model: Model, real: Real): Promise<void> {
    const prefix = `m${(serial += 1)}-`
    const row = { apiGroups: [''], resources: ['configmaps'], namespaces: ['web'] }
    const details = [
      { ...row, operations: ['CREATE' as const], names: [`${prefix}*`], fields: ['*'] },
    ]
    const { maxUses, session } = this
    const { text, grant: name } = ground.token({ details, maxUses, session })
    assertTaken(await ground.create({ text, grant: name }), 201)
    const { metadata } = await ground.grant(name)
    const expiresAt = Date.parse(metadata.creationTimestamp) + session * 1000
    model.grants.push({ maxUses, expiresAt, isEnded: false, admitted: 0 })
    real.grants.push({ name, token: text, prefix })
  }
  toString = () => `activate(${this.maxUses} uses, ${this.session} s)`
}

/** What is done with one of the grants, whichever `pick` stands for. */
abstract class OnGrant implements Command {
  readonly pick: number
  constructor(pick: number) {
    this.pick = pick
  }
  check = ({ grants: all }: Readonly<Model>) => all.length > 0
  run(model: Model, real: Real): Promise<void> {
    const index = this.pick % model.grants.length
    return this.act(model.grants[index] ?? assert.fail(), real.grants[index] ?? assert.fail())
  }
  abstract act(model: ModelGrant, real: RealGrant): Promise<void>
}

class Use extends OnGrant {
  readonly writes: number
  constructor(pick: number, writes: number) {
    super(pick)
    this.writes = writes
  }
  async act(model: ModelGrant, { name, prefix }: RealGrant): Promise<void> {
    const from = Date.now()
    const names = Array.from({ length: this.writes }, () => `${prefix}${(serial += 1)}`)
    const answers = await Promise.all(names.map((one) => alice(creation(one))))
    const { least, most } = admits(model, this.writes, { from, to: Date.now() })
    const admitted = names.filter((_, i) => answers[i]?.status === 201)
    for (const answer of answers) assert.ok(answer.status === 201 || refusalOf(answer), answer.text)
    const range = `${admitted.length} of ${this.writes}, ${least} to ${most} expected`
    assert.ok(admitted.length >= least && admitted.length <= most, range)
    model.admitted += admitted.length
    const uses = (await ground.grant(name)).status?.uses ?? []
    const stored = new Set(uses.map(({ target }) => target['name']))
    for (const one of admitted) assert.ok(stored.has(one), `${one} was admitted without a use`)
    assert.equal(uses.length, model.admitted)
  }
  override toString = () => `use(${this.pick}, ${this.writes} at once)`
}

class End extends OnGrant {
  async act(model: ModelGrant, { name }: RealGrant): Promise<void> {
    await alice(patch(`${grants}/${name}`, { spec: { ended: true } }))
    model.isEnded = true
  }
  override toString = () => `end(${this.pick})`
}

class Revoke extends OnGrant {
  async act(model: ModelGrant, { name }: RealGrant): Promise<void> {
    const revoked = { by: 'bob', reason: 'a test' }
    assertTaken(await bob(patch(`${grants}/${name}`, { spec: { revoked } })))
    model.isEnded = true
  }
  override toString = () => `revoke(${this.pick})`
}

class Replay extends OnGrant {
  async act(_: ModelGrant, { name, token }: RealGrant): Promise<void> {
    const answer = await ground.create({ grant: name, text: token })
    assert.notEqual(answer.status, 201)
  }
  override toString = () => `replay(${this.pick})`
}

class Expire extends OnGrant {
  override check = ({ grants: all }: Readonly<Model>) =>
    all.length > 0 && (all[this.pick % all.length]?.expiresAt ?? Infinity) < Date.now() + 10_000
  async act({ expiresAt }: ModelGrant): Promise<void> {
    await sleep(Math.max(0, expiresAt + 2000 - Date.now()))
  }
  override toString = () => `expire(${this.pick})`
}

class Restart implements Command {
  readonly component: string
  constructor(component: string) {
    this.component = component
  }
  check = () => true
  async run(): Promise<void> {
    await ground.cluster.kill(this.component, 'SIGKILL')
    await ground.cluster.start(this.component)
    await eventually('every replica answers again', async () => {
      const answers = await Promise.all(Array.from({ length: 6 }, () => bob(creation('nobody'))))
      return answers.every((answer) => refusalOf(answer)?.reason === 'HumanWrite')
    })
  }
  toString = () => `restart(${this.component})`
}

const pick = fc.nat(5)
const anActivation = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.constantFrom(3, 600, 600))
  .map(([maxUses, session]) => new Activate(maxUses, session))
const aUse = fc
  .tuple(pick, fc.integer({ min: 1, max: 5 }))
  .map(([one, writes]) => new Use(one, writes))
const aRestart = fc
  .constantFrom('serve-0', 'serve-1', 'serve-2', 'controller')
  .map((component) => new Restart(component))
const others = [
  pick.map((one) => new End(one)),
  pick.map((one) => new Revoke(one)),
  pick.map((one) => new Replay(one)),
  pick.map((one) => new Expire(one)),
]
const often = [anActivation, anActivation, anActivation, aUse, aUse, aUse, aUse, aUse]
const commands = fc.commands([...often, aRestart, ...others], { maxCommands: 40, size: 'max' })

interface ToldEvent {
  readonly id: string
  readonly type: string
  readonly subject: string
}

test('grants do what the model says, whatever happens in which order', async () => {
  const made: { readonly model: ModelGrant; readonly real: RealGrant }[] = []
  await fc.assert(
    fc.asyncProperty(commands, async (list) => {
      const [model, real]: [Model, Real] = [{ grants: [] }, { grants: [] }]
      await fc.asyncModelRun(() => ({ model, real }), list)
      for (const [i, one] of real.grants.entries()) {
        made.push({ model: model.grants[i] ?? assert.fail(), real: one })
        await alice(patch(`${grants}/${one.name}`, { spec: { ended: true } }))
      }
    }),
    { numRuns: 8, endOnFailure: true },
  )

  assert.ok(made.filter(({ model }) => model.admitted > 0).length > 5, 'hardly anything was done')
  for (const { model, real } of made) {
    const usesTold = () =>
      readFileSync(told, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as ToldEvent)
        .filter(({ subject }) => subject.endsWith(`/${real.name}`))
        .filter(({ type }) => type.includes('use.admitted'))
        .map(({ id }) => id)
    await eventually(`each use of ${real.name} is told`, () => {
      return new Set(usesTold()).size === model.admitted
    })
  }
})
