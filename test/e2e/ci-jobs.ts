import assert from 'node:assert/strict'
import type { Outcome } from '../cluster/run.ts'
import type { Jobs } from './bad-jobs.ts'
import { yamlBlock } from './engines-page.ts'
import type { Claims } from './oidc-issuer.ts'
import type { Checkout } from './push-ground.ts'

// The jobs of docs/engines.md, run as GitHub and GitLab would.

interface Step {
  readonly id?: string
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
  readonly env?: Readonly<Record<string, string>>
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>
  readonly jobs: { readonly deploy: { readonly steps: readonly Step[] } }
}

interface Pipeline {
  readonly deploy: {
    readonly id_tokens: { readonly KUBE_TOKEN: { readonly aud: string } }
    readonly variables: Readonly<Record<string, string>>
    readonly script: readonly string[]
  }
}

interface Push {
  readonly checkout: Checkout
  /** The head of the branch before the push. */
  readonly before: string
  /** Of its token, where it is not the usual job. */
  readonly claims?: Claims
}

export async function runOnGitHub(jobs: Jobs, push: Push): Promise<Outcome> {
  const { checkout, before } = push
  const { permissions, jobs: all } = yamlBlock<Workflow>('kubectl in CI', 'runs-on')
  assert.equal(permissions['id-token'], 'write')
  const known = new Map([['github.event.before', before]])
  let outcome: Outcome | undefined
  for (const step of all.deploy.steps) {
    if (step.uses?.startsWith('actions/github-script@') === true) {
      const claims = { aud: audienceIn(step), sha: checkout.commit, ...push.claims }
      known.set(`steps.${step.id}.outputs.result`, await jobs.github(claims))
    } else if (step.run !== undefined) {
      outcome = await checkout.sh(step.run, evaluated(step.env ?? {}, known))
    } else assert.match(step.uses ?? '', /^actions\/checkout@/)
  }
  return outcome ?? assert.fail('the workflow runs nothing')
}

/** `core` is what the action hands to the script. */
function audienceIn({ with: options }: Step): string {
  assert.equal(options?.['result-encoding'], 'string')
  const script = String(options['script'])
  const [, audience] = /^return core\.getIDToken\('([^']+)'\)$/.exec(script) ?? []
  return audience ?? assert.fail(script)
}

function evaluated(env: Readonly<Record<string, string>>, known: ReadonlyMap<string, string>) {
  const value = (text: string) =>
    text.replace(/\$\{\{ (.+?) \}\}/g, (_, name: string) => known.get(name) ?? assert.fail(name))
  return Object.fromEntries(Object.entries(env).map(([key, text]) => [key, value(text)]))
}

export async function runOnGitLab(jobs: Jobs, push: Push): Promise<Outcome> {
  const { checkout, before, claims } = push
  const {
    id_tokens: tokens,
    variables,
    script,
  } = yamlBlock<Pipeline>('kubectl in CI', 'id_tokens').deploy
  const { aud } = tokens.KUBE_TOKEN
  const token = await jobs.gitlab({ aud, sha: checkout.commit, ...claims })
  const env = { ...variables, KUBE_TOKEN: token, CI_COMMIT_BEFORE_SHA: before }
  return checkout.sh(script.join('\n'), env)
}
