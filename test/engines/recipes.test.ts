import assert from 'node:assert/strict'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parse, stringify } from 'yaml'
import { main } from '../cli/process.ts'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import type { EngineName } from '../cluster/plan.ts'
import { run } from '../cluster/run.ts'
import { blocks, policyOf, policyParts, section, type PolicyPart } from '../e2e/engines-page.ts'
import { eventually } from '../e2e/eventually.ts'
import { makeFleet, type Fleet } from '../e2e/fleet.ts'
import { greeting } from './engine-cluster.ts'

// The recipes of docs/engines.md for Flux and Argo CD: first the engine, then its roots in the policy.

interface Recipe {
  readonly heading: string
  readonly engine: EngineName
  /** A file of fixtures/ with the objects that the page names as roots. */
  readonly bootstrap: string
  /** Where the command stands that prints the roots. */
  readonly pinnedIn: string
  readonly refresh: readonly string[]
}

const recipes: readonly Recipe[] = [
  {
    heading: 'Flux',
    engine: 'flux',
    bootstrap: 'recipe-flux.yaml',
    pinnedIn: 'The first object',
    refresh: [],
  },
  {
    heading: 'Argo CD',
    engine: 'argo-cd',
    bootstrap: 'argo-cd.yaml',
    pinnedIn: 'Argo CD',
    refresh: ['application', 'apps', '-n', 'argocd', 'argocd.argoproj.io/refresh=hard'],
  },
]

const repository = {
  name: 'fleet',
  url: 'https://git.example.com/acme/fleet.git',
  branches: ['main'],
  poll: '2s',
}

for (const recipe of recipes) {
  describe(`the recipe for ${recipe.heading}`, () => {
    const [documented = {}] = policyParts(section(recipe.heading))
    let dir: string
    let fleet: Fleet
    let cluster: Cluster
    /** What has to end, also when a start has failed half-way. */
    const running = new AsyncDisposableStack()

    before(async () => {
      dir = mkdtempSync(path.join(tmpdir(), 'solewriter-recipe-'))
      running.defer(() => rmSync(dir, { recursive: true }))
      fleet = await makeFleet({
        'apps/kept.yaml': greeting('kept', 'first'),
        'apps/passing.yaml': greeting('passing', 'first'),
      })
      running.defer(() => fleet.remove())
      put({ writers: documented.writers ?? [] })
      cluster = await startCluster({
        with: ['webhook', recipe.engine],
        policy: path.join(dir, 'policy.yaml'),
        repositories: { fleet: fleet.directory },
        setup: [path.join(import.meta.dirname, 'fixtures', recipe.bootstrap)],
      })
      running.defer(() => cluster.stop())
    })

    after(() => running.disposeAsync())

    function put(part: PolicyPart): void {
      const file = path.join(dir, 'policy.yaml')
      const policy = policyOf({ mode: 'enforce', repositories: [repository], ...part })
      writeFileSync(`${file}.new`, stringify(policy, { aliasDuplicateObjects: false }))
      renameSync(`${file}.new`, file)
    }

    function says(name: string, text: string): Promise<void> {
      const args = ['get', 'configmap', name, '--ignore-not-found', '-o']
      return eventually(`${name} says '${text}'`, async () => {
        if (recipe.refresh.length > 0) {
          await cluster.kubectl('admin', ['annotate', '--overwrite', ...recipe.refresh])
        }
        const { stdout } = await cluster.kubectl('admin', [...args, 'jsonpath={.data.greeting}'])
        return stdout === text
      })
    }

    /** The command of the page, as admin. */
    async function pinnedRoots(): Promise<PolicyPart> {
      const [command = ''] = blocks(section(recipe.pinnedIn), '')
      assert.match(command, /^kubectl get .* \| solewriter policy pin -f -\n$/)
      const programs = [path.dirname(cluster.binaries.kubectl), process.env['PATH']]
      const env = {
        ...process.env,
        PATH: programs.join(path.delimiter),
        KUBECONFIG: cluster.kubeconfigs['admin'],
      }
      const solewriter = `solewriter() { '${process.execPath}' '${main}' "$@"; }\n`
      const { code, stdout, stderr } = await run('sh', ['-euc', solewriter + command], { env })
      assert.equal(code, 0, stderr)
      return parse(stdout) as PolicyPart
    }

    const named = ({ roots = [] }: PolicyPart) =>
      roots.map((root) => ({ ...root, digest: 'sha256:' })).toSorted(byText)

    test('lands commits once the roots are pinned, with no other change', async () => {
      const pinned = await pinnedRoots()
      assert.deepEqual(named(pinned), named(documented))
      put({ ...documented, ...pinned })
      await says('kept', 'first')
      await fleet.commit({
        'apps/kept.yaml': greeting('kept', 'second'),
        'apps/passing.yaml': null,
      })
      await says('kept', 'second')
      await says('passing', '')
    })

    test('refuses what people edit', async () => {
      const patch = [
        'patch',
        'configmap',
        'kept',
        '--type=merge',
        '-p',
        '{"data":{"greeting":"x"}}',
      ]
      const { stderr } = await cluster.kubectl('alice', patch)
      assert.match(stderr, /\[HumanWrite\] configmaps default\/kept is declared in fleet:apps\//)
    })
  })
}

function byText(one: object, other: object): number {
  return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1
}
