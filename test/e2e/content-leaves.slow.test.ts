import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Json, JsonObject } from '../../src/core/manifest/json.ts'
import { applyKinds, startContentCluster, type ContentCluster } from './content-cluster.ts'
import { foreignFieldEdits } from './foreign-fields.ts'
import { isHarmless, type Specimen } from './kind-manifests.ts'
import {
  formatSteps,
  leafEdits,
  metadataEdits,
  partEdits,
  podEdits,
  put,
  type Edit,
} from './leaf-edits.ts'
import { refusalOf } from './refusals.ts'
import type { ApiAnswer, ApiRequest, Requester } from './requester.ts'
import { differing, storedLeaves, type Leaves } from './stored-leaves.ts'

// Every leaf of every manifest, changed one at a time. What the API server makes of the change when
// nobody compares contents is the oracle: what ends up as declared is admitted, all else is not.

let content: ContentCluster

before(async () => {
  content = await startContentCluster()
})

after(() => content.end())

/** Edits that changed nothing, that were denied, and of which the API server takes no value. */
interface Tally {
  same: number
  denied: number
  readonly refused: Edit[]
  readonly wrong: string[]
}

function tally(): Tally {
  return { same: 0, denied: 0, refused: [], wrong: [] }
}

interface Trial {
  readonly edit: Edit
  readonly base: JsonObject
  readonly write: (body: Json) => ApiRequest
  /** What the API server makes of it, refusals included; undefined where it hangs up. */
  readonly probe: (request: ApiRequest) => Promise<ApiAnswer | undefined>
  /** Whether it is stored as it is declared. */
  readonly isDeclared: (stored: ApiAnswer) => boolean
}

async function tryEdit(trial: Trial, sum: Tally): Promise<void> {
  const { edit, base, write, probe, isDeclared } = trial
  const field = formatSteps(base, edit.path)
  const complain = (text: string) => sum.wrong.push(`${edit.what} ${field}: ${text.slice(0, 300)}`)
  let isTaken = false
  for (const value of edit.values) {
    const request = write(put(base, edit.path, value))
    const stored = await probe(request)
    if (stored === undefined || !isOurs(stored)) continue
    isTaken = true
    const answer = await content.ci(request)
    if (stored.status < 300 && isDeclared(stored)) {
      sum.same += 1
      if (answer.status >= 300) complain(answer.text)
      continue
    }
    sum.denied += 1
    if (!isDenied(answer, edit.mayChangeOthers === true ? '' : field)) complain(answer.text)
    break
  }
  if (!isTaken) sum.refused.push(edit)
}

/** Whether it is stored, or refused by us and not by the API server. */
function isOurs(answer: ApiAnswer): boolean {
  return answer.status < 300 || refusalOf(answer) !== undefined
}

/** At some values the API server's own validation breaks down, and it hangs up. */
function asked(requester: Requester): Trial['probe'] {
  return (request) => requester(request).catch(() => undefined)
}

/** The denial names the field, a part of it, or what it is a part of. */
function isDenied(answer: ApiAnswer, field: string): boolean {
  if (refusalOf(answer)?.reason !== 'ContentMismatch') return false
  const { causes = [] } = answer.json['details'] as { causes?: readonly { field: string }[] }
  return causes.some((cause) => isWithin(cause.field, field) || isWithin(field, cause.field))
}

function isWithin(field: string, other: string): boolean {
  const plain = (text: string) => {
    return text.replaceAll(/\[[^\]]*\]/g, '[*]').replace(/^stringData/, 'data')
  }
  return plain(field).startsWith(plain(other))
}

async function editCreated(one: Specimen, edits: readonly Edit[]): Promise<Tally> {
  const { collection, object } = one
  const base = await content.claim(object)
  const write = (body: Json) => ({ method: 'POST', path: `${collection}?dryRun=All`, body })
  const [first, second] = [await content.loose(write(base)), await content.loose(write(base))]
  assert.equal(first.status, 201, first.text)
  const wanted = storedLeaves(first)
  // Names of volumes, addresses, ports.
  const random = new Set(differing(wanted, storedLeaves(second)))
  const isDeclared = (stored: ApiAnswer) => isSame(wanted, storedLeaves(stored), random)
  const sum = tally()
  for (const edit of edits) {
    await tryEdit({ edit, base, write, probe: asked(content.loose), isDeclared }, sum)
  }
  return sum
}

async function editChanged({ path, object }: Specimen): Promise<Tally> {
  const live = await content.ci({ method: 'GET', path })
  assert.equal(live.status, 200, live.text)
  const base = live.json as unknown as JsonObject
  const write = (body: Json) => ({ method: 'PUT', path: `${path}?dryRun=All`, body })
  const isDeclared = (stored: ApiAnswer) => isSame(storedLeaves(live), storedLeaves(stored))
  const written = leafEdits(object).filter(({ path: [first] }) => first !== 'stringData')
  const sum = tally()
  for (const edit of [...written, ...foreignParts(object, base)]) {
    await tryEdit({ edit, base, write, probe: asked(content.ci), isDeclared }, sum)
  }
  return sum
}

function isSame(a: Leaves, b: Leaves, random: ReadonlySet<string> = new Set()): boolean {
  return differing(a, b).every((key) => random.has(key))
}

/** What is denied to a writer by the API server itself proves nothing about us. */
function assertFewRefused(sums: readonly Tally[], most: number): void {
  const refused = sums.flatMap((sum) => sum.refused).filter(({ what }) => what !== 'without')
  const tried = sums.reduce((all, { same, denied }) => all + same + denied, refused.length)
  assert.ok(refused.length < most * tried, `${refused.length} of ${tried}`)
}

const setUp: ReadonlySet<string> = new Set(['v1 ServiceAccount robot'])

/** Edits of what is declared, and of what is sent; the share that the API server may refuse. */
type Edits = (declared: JsonObject, sent: JsonObject) => readonly Edit[]
const foreignParts: Edits = (_, sent) => [...metadataEdits(sent), ...podEdits(sent)]

describe('a new object', () => {
  const cases: readonly (readonly [string, Edits, number])[] = [
    ['that differs in one leaf is denied with its path', leafEdits, 0.15],
    ['that lacks a part, or has something twice, is denied', partEdits, 0.5],
    ['that has something foreign is denied', foreignParts, 0.1],
  ]
  for (const [title, editsOf, most] of cases) {
    test(title, async (t) => {
      const sums: Tally[] = []
      for (const one of content.specimens.filter(({ title: of }) => !setUp.has(of))) {
        await t.test(one.title, async () => {
          const edits = editsOf(one.object, await content.claim(one.object))
          const sum = await editCreated(one, edits)
          sums.push(sum)
          assert.deepEqual(sum.wrong, [])
        })
      }
      assertFewRefused(sums, most)
    })
  }
})

describe('every field of the schema', () => {
  const skip =
    process.env['SOLEWRITER_CASES'] === undefined && 'takes minutes: npm run test:nightly'

  test(
    'that is set although Git leaves it out is denied, or says nothing new',
    { skip },
    async (t) => {
      for (const one of content.specimens.filter(({ title: of }) => !setUp.has(of))) {
        await t.test(one.title, async () => {
          assert.deepEqual((await editCreated(one, foreignFieldEdits(one))).wrong, [])
        })
      }
    },
  )
})

describe('a change of an object', () => {
  before(() => applyKinds(content))

  test('that takes one leaf away from what is declared is denied with its path', async (t) => {
    const sums: Tally[] = []
    for (const one of content.specimens.filter(isHarmless)) {
      await t.test(one.title, async () => {
        const sum = await editChanged(one)
        sums.push(sum)
        assert.deepEqual(sum.wrong, [])
      })
    }
    assertFewRefused(sums, 0.5)
  })
})
