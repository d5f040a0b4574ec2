import { stringify } from 'yaml'

/** `enforce` everywhere, with `ci` as the writer of every repository. */
export function defaultPolicy(name: string, repositories: readonly string[]): string {
  const writer = {
    name: 'ci',
    subject: { serviceAccount: 'ci/deployer' },
    evidence: ['annotation'],
    repositories,
    verify: 'content',
  }
  return stringify({
    apiVersion: 'solewriter.dev/v1alpha1',
    kind: 'Policy',
    metadata: { name },
    spec: {
      mode: 'enforce',
      repositories: repositories.map((repository) => ({
        name: repository,
        url: `https://git.example.com/${repository}.git`,
        branches: ['main'],
        poll: '2s',
        sources: [{ path: '.', renderer: 'plain' }],
      })),
      writers: repositories.length === 0 ? [] : [writer],
    },
  })
}
