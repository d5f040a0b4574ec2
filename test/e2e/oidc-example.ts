import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parse } from 'yaml'
import type { OidcIssuers } from './oidc-issuer.ts'

// What docs/policy.md shows to whoever sets this up, on issuers of the test.

const root = path.join(import.meta.dirname, '..', '..')
const page = readFileSync(path.join(root, 'docs', 'policy.md'), 'utf8')

interface Authenticator {
  readonly issuer: { readonly url: string; readonly audiences: readonly string[] }
  readonly [field: string]: unknown
}

interface AuthenticationConfiguration {
  readonly jwt: readonly Authenticator[]
  readonly [field: string]: unknown
}

function exampleWith<T>(text: string): T {
  const blocks = [...page.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, block = '']) => block)
  return parse(blocks.find((block) => block.includes(text)) ?? assert.fail(text)) as T
}

const documented = exampleWith<AuthenticationConfiguration>('kind: AuthenticationConfiguration')
export const [audience = ''] = documented.jwt[0]?.issuer.audiences ?? []
const { writers: documentedWriters } = exampleWith<{ writers: object[] }>('name: fleet-jobs')

const repository = (name: string, url: string, grace: string) => ({
  name,
  url,
  branches: ['main'],
  // Whatever is found was asked for by a claim: no poll brings it.
  poll: '1h',
  maxStaleness: '3h',
  grace,
  sources: [{ path: '.', renderer: 'plain' }],
})

const writer = (name: string, user: string) => ({
  name,
  subject: { user },
  evidence: ['oidc'],
  repositories: ['fleet'],
  verify: 'declared',
})

/** The writer of the page, and some beside it. */
export const policy = {
  apiVersion: 'solewriter.dev/v1alpha1',
  kind: 'Policy',
  metadata: { name: 'jobs' },
  spec: {
    mode: 'enforce',
    repositories: [
      {
        ...repository('fleet', 'https://github.com/acme/fleet.git', '0s'),
        aliases: ['https://gitlab.com/acme/fleet'],
      },
      repository('site', 'https://github.com/acme/site.git', '10m'),
    ],
    writers: [
      ...documentedWriters,
      writer('gitlab', 'gitlab:acme/fleet'),
      writer('site', 'github:acme/site'),
      writer('bare', 'bare:acme/fleet'),
    ],
  },
}

/** As documented but for the addresses, and one authenticator that maps no claims. */
export function authentication(issuers: OidcIssuers): AuthenticationConfiguration {
  const at = (name: string, audiences: readonly string[]) => ({
    url: issuers.url(name),
    audiences,
    certificateAuthority: issuers.ca,
  })
  const jwt = documented.jwt.map(({ issuer, ...rest }) => {
    const name = issuer.url.includes('gitlab') ? 'gitlab' : 'github'
    return { ...rest, issuer: at(name, issuer.audiences) }
  })
  const username = { expression: "'bare:' + claims.repository" }
  // Empty texts and lists: what an expression gives that nobody tried.
  const extra = [
    { key: 'solewriter.dev/repository', valueExpression: 'claims.repository' },
    { key: 'solewriter.dev/sha', valueExpression: "has(claims.sha) ? claims.sha : ''" },
    { key: 'solewriter.dev/ref', valueExpression: "['refs/heads/main', 'refs/heads/dev']" },
    { key: 'solewriter.dev/event', valueExpression: "'push'" },
  ]
  const plain = { issuer: at('bare', [audience]), claimMappings: { username, extra } }
  return { ...documented, jwt: [...jwt, plain] }
}
