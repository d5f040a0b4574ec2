import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { presets } from '../../../src/core/breakglass/presets.ts'
import { toAnswer } from '../../../src/core/decision/answer.ts'
import { deployment, replica, scaling } from '../../core/decision/granting.ts'
import { gvk } from '../../core/decision/deciding.ts'
import { goodPolicy, head } from '../../core/policy/policies.ts'
import { alice } from '../../fakes/requests.ts'
import { call, homeWith } from './calling.ts'
import { alike, consoleOf, yamlWith, type Step } from './console.ts'
import { startCluster, type FakeCluster } from './fake-cluster.ts'

const page = readFileSync(
  path.join(import.meta.dirname, '..', '..', '..', 'docs', 'break-glass.md'),
  'utf8',
)
const begins = await startCluster()

function policyOfPage(): ReturnType<typeof goodPolicy> {
  const rules = yamlWith(page, 'breakGlass:').replace('spec:\n', '')
  return goodPolicy(`${head}  mode: enforce
  repositories:
  - {name: fleet, url: "https://git.example.com/acme/fleet.git", branches: [main], sources: [{path: prod}]}
${rules}`)
}

describe('docs/break-glass.md', () => {
  test('shows what the commands print, from the denial to the end of the grant', async () => {
    const policy = policyOfPage()
    const cluster = begins({ user: alice, policy })
    const home = homeWith(yamlWith(page, 'contexts:').replace('prod-eu-1:', 'local:'))
    const names = new Map<string, string>()
    const steps = consoleOf(page)
    assert.ok(steps.length >= 6)
    for (const step of steps) {
      const printed = await output(step, { cluster, policy, home, names })
      assert.equal(alike(printed), alike(step.output), step.command)
      const [shown, real] = [step.output, printed].map((text) => /bg-[0-9a-f-]{36}/.exec(text)?.[0])
      if (shown !== undefined && real !== undefined) names.set(shown, real)
    }
  })

  test('lists every preset', () => {
    const rows = [...page.matchAll(/^\| `([a-z][a-z-]*)` +\| (.*?) +\|$/gm)]
    assert.deepEqual(
      rows.map(([, name, summary]) => [name, summary]),
      presets.map(({ name, summary }) => [name, summary]),
    )
  })
})

interface Place {
  readonly cluster: FakeCluster
  readonly policy: ReturnType<typeof goodPolicy>
  readonly home: string
  /** Names of grants, by those of the page. */
  readonly names: ReadonlyMap<string, string>
}

async function output({ command }: Step, place: Place): Promise<string> {
  if (command.startsWith('kubectl scale ')) return scale(place)
  const words = command.match(/"[^"]*"|\S+/g) ?? []
  const [, , ...args] = words.map((word) => word.replaceAll('"', ''))
  const real = args.map((word) => place.names.get(word) ?? word)
  const { out, err } = await call(place.cluster, real, { home: place.home })
  return err + out
}

/** As kubectl tells of the answer of the webhook. */
async function scale({ cluster, policy }: Place): Promise<string> {
  const { grants } = cluster
  const about = { subresource: 'scale', kind: gvk('Scale', 'autoscaling'), namespace: 'pay' }
  const scaled = (replicas: number) => ({ ...deployment({ replicas }), kind: 'Scale' })
  const decision = await replica({ grants, policy, now: () => cluster.now })(
    scaling({ ...about, user: alice, oldObject: scaled(3), object: scaled(5) }),
  )
  const { allowed, message, warnings } = toAnswer(decision, {})
  if (allowed) return `Warning: ${warnings.join('')}\ndeployment.apps/api scaled\n`
  return `Error from server (Forbidden): admission webhook "writes.solewriter.dev" denied the request: ${message}\n`
}
