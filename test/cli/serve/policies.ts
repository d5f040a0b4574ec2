import { stringify } from 'yaml'

interface Parts {
  readonly mode?: string
  readonly repositories?: readonly object[]
  readonly exceptions?: readonly object[]
}

/** A policy that enforces and knows a job as the writer of every repository. */
export function policyWith({ mode = 'enforce', repositories = [], exceptions = [] }: Parts = {}) {
  const names = repositories.map((one) => (one as { readonly name: string }).name)
  const job = { name: 'job', subject: { user: 'job' }, evidence: ['oidc'], repositories: names }
  return stringify({
    apiVersion: 'solewriter.dev/v1alpha1',
    kind: 'Policy',
    metadata: { name: 'test' },
    spec: {
      mode,
      repositories,
      writers: names.length === 0 ? [] : [{ ...job, verify: 'declared' }],
      exceptions,
    },
  })
}

/** Polled so rarely that nothing is found that nobody asked for. */
export function repository(name: string, parts: object = {}): object {
  return {
    name,
    url: `https://git.example.com/acme/${name}.git`,
    branches: ['main'],
    poll: '1h',
    maxStaleness: '3h',
    grace: '0s',
    sources: [{ path: '.', renderer: 'plain', namespace: 'pay' }],
    ...parts,
  }
}

/** Lets the user `tester` write ConfigMaps in `pay`: an allow without Git. */
export const testerException = {
  name: 'tester',
  subject: { user: 'tester' },
  allow: [
    { resources: ['configmaps'], operations: ['CREATE'], fields: ['*'], namespaces: ['pay'] },
  ],
  reason: 'tests',
}
