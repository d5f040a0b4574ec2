import assert from 'node:assert/strict'
import { test } from 'node:test'
import { head, otherRepository, repository, issuesOf } from './policies.ts'

const cases: readonly [title: string, text: string, issues: readonly string[]][] = [
  [
    'duplicate names are refused',
    head + repository + otherRepository.replace('other', 'fleet'),
    ['9:11: spec.repositories[1].name: is also the name of repositories[0]'],
  ],
  [
    'one repository under two names is refused',
    head +
      repository +
      otherRepository.replace(
        'https://git.example.com/other',
        'ssh://git@GIT.example.com:22/fleet.git/',
      ),
    ['10:10: spec.repositories[1].url: is the same repository as repositories[0]'],
  ],
  [
    'an alias that is another repository is refused',
    head +
      repository +
      '    aliases: [https://git.example.com/fleet.git]\n' +
      otherRepository +
      '    aliases: ["git@git.example.com:fleet"]\n',
    ['13:15: spec.repositories[1].aliases[0]: is the same repository as repositories[0]'],
  ],
  [
    'http is refused for a repository',
    head + repository.replace('https:', 'http:'),
    ['7:10: spec.repositories[0].url: must not be http: anyone on the way could change the answer'],
  ],
  [
    'a password in a URL is refused and not repeated',
    head + repository.replace('https://', 'https://u:hunter2@'),
    [
      '7:10: spec.repositories[0].url: must not contain a user name or password: put the token in a file and name it in auth.tokenFile',
    ],
  ],
  [
    'an ssh URL with a password is refused',
    head + repository.replace('https://', 'ssh://git:hunter2@'),
    [
      '7:10: spec.repositories[0].url: must not contain a user name or password: put the token in a file and name it in auth.tokenFile',
    ],
  ],
  [
    'a URL without a scheme is refused',
    head + repository.replace('https://git.example.com/fleet', '../fleet'),
    [
      '7:10: spec.repositories[0].url: must be https://host/path, ssh://user@host/path or user@host:path',
    ],
  ],
  [
    'a URL that git would read as an option is refused',
    head + repository.replace('https://git.example.com/fleet', '--upload-pack=x'),
    ['7:10: spec.repositories[0].url: must not start with a dash'],
  ],
  [
    'a remote helper URL is refused',
    head + repository.replace('https://git.example.com/fleet', '"ext::sh -c x"'),
    ['7:10: spec.repositories[0].url: must not contain spaces or control characters'],
  ],
  [
    'another scheme is refused',
    head + repository.replace('https:', 'git:'),
    ['7:10: spec.repositories[0].url: must be https://, ssh:// or user@host:path'],
  ],
  [
    'a branch is exact',
    head +
      repository.replace(
        '[main]',
        '["release/*", refs/heads/main, "", HEAD, "a..b", "-x", main, main]',
      ),
    [
      '8:16: spec.repositories[0].branches[0]: must be the exact name of one branch',
      '8:29: spec.repositories[0].branches[1]: must be the name alone, without refs/heads/',
      '8:46: spec.repositories[0].branches[2]: must be the exact name of one branch',
      '8:50: spec.repositories[0].branches[3]: must be the exact name of one branch',
      '8:56: spec.repositories[0].branches[4]: must be the exact name of one branch',
      '8:64: spec.repositories[0].branches[5]: must be the exact name of one branch',
      '8:76: spec.repositories[0].branches[7]: is listed twice',
    ],
  ],
  [
    'no branches at all is refused',
    head + repository.replace('[main]', '[]'),
    ['8:15: spec.repositories[0].branches: must not be empty'],
  ],
  [
    'a duration without a unit is refused',
    head + repository + '    poll: 60\n    grace: 1w\n    maxStaleness: -1h\n',
    [
      '9:11: spec.repositories[0].poll: must be a duration such as 90s, 10m, 1h or 30d',
      '10:12: spec.repositories[0].grace: must be a duration such as 90s, 10m, 1h or 30d, at most ten years',
      '11:19: spec.repositories[0].maxStaleness: must be a duration such as 90s, 10m, 1h or 30d, at most ten years',
    ],
  ],
  [
    'a poll below a second is refused',
    head + repository + '    poll: 10ms\n',
    ['9:11: spec.repositories[0].poll: must be at least 1s'],
  ],
  [
    'a mirror may not be stale before it is polled',
    head + repository + '    poll: 1h\n    maxStaleness: 1h\n',
    ['10:19: spec.repositories[0].maxStaleness: must be longer than poll, or every claim is stale'],
  ],
  [
    'a chart without a release name, and one with a name that is none, are refused',
    head +
      repository +
      '    sources: [{path: a, renderer: helm}, {path: b, renderer: helm, helm: {releaseName: A_}}]\n',
    [
      '9:15: spec.repositories[0].sources[0]: renderer helm needs helm.releaseName',
      '9:88: spec.repositories[0].sources[1].helm.releaseName: must be the name of a release, at most 53',
    ],
  ],
  [
    'options of helm are refused where no chart is rendered',
    head +
      repository +
      '    sources: [{path: a, renderer: kustomize, helm: {releaseName: a}}, {path: b, helm: {releaseName: b}}]\n',
    [
      '9:52: spec.repositories[0].sources[0].helm: is for renderer helm',
      '9:87: spec.repositories[0].sources[1].helm: is for renderer helm',
    ],
  ],
  [
    'values files and versions are refused where they could mean something else',
    head +
      repository +
      '    sources: [{path: a, renderer: helm, helm: {releaseName: a, valuesFiles: [../b.yaml], kubeVersion: latest, apiVersions: ["--x y"]}}]\n',
    [
      '9:78: spec.repositories[0].sources[0].helm.valuesFiles[0]: must be a file relative to the root of the repository, without commas and quotes',
      '9:103: spec.repositories[0].sources[0].helm.kubeVersion: must be a Kubernetes version such as 1.36.0',
      '9:125: spec.repositories[0].sources[0].helm.apiVersions[0]: must be a version such as monitoring.coreos.com/v1',
    ],
  ],
  [
    'one release of a chart is one source',
    head +
      repository +
      '    sources:\n' +
      ['dev', 'prod', 'prod']
        .map(
          (place) =>
            `    - {path: a, renderer: helm, namespace: ${place}, helm: {releaseName: a}}\n`,
        )
        .join(''),
    ['12:14: spec.repositories[0].sources[2].path: is a source of this branch already'],
  ],
  [
    'a misspelt renderer is not "not built"',
    head + repository + '    sources: [{path: a, renderer: plan}]\n',
    [
      '9:35: spec.repositories[0].sources[0].renderer: must be one of plain, kustomize, helm, not "plan" (did you mean "plain"?)',
    ],
  ],
  [
    'signatures are refused as not built',
    head + repository + '    signatures: {require: ssh}\n',
    [
      '9:27: spec.repositories[0].signatures.require: signature checks are not built yet; only none is',
    ],
  ],
  [
    'a source of another branch is refused',
    head + repository + '    sources: [{path: a, branch: mian}]\n',
    [
      `9:33: spec.repositories[0].sources[0].branch: must be one of the repository's branches (did you mean "main"?)`,
    ],
  ],
  [
    'a source twice is refused',
    head + repository + '    sources: [{path: a}, {path: ./a/, branch: main}]\n',
    ['9:33: spec.repositories[0].sources[1].path: is a source of this branch already'],
  ],
  [
    'a source outside the repository is refused',
    head + repository + '    sources: [{path: ../a}, {path: /a}, {path: ""}, {path: a/../b}]\n',
    [
      '9:22: spec.repositories[0].sources[0].path: must be a folder relative to the root of the repository, . for the root',
      '9:36: spec.repositories[0].sources[1].path: must be a folder relative to the root of the repository, . for the root',
      '9:48: spec.repositories[0].sources[2].path: must be a folder relative to the root of the repository, . for the root',
      '9:60: spec.repositories[0].sources[3].path: must be a folder relative to the root of the repository, . for the root',
    ],
  ],
  [
    'a relative file is refused',
    head + repository + '    auth: {tokenFile: token}\n    pushSecretFile: ../x\n',
    [
      '9:23: spec.repositories[0].auth.tokenFile: must be an absolute path: the working directory may differ',
      '10:21: spec.repositories[0].pushSecretFile: must be an absolute path: the working directory may differ',
    ],
  ],
  [
    'a token pasted in place of its file is not repeated',
    head + repository + '    auth: {tokenFile: ghp_0123456789abcdef}\n',
    [
      '9:23: spec.repositories[0].auth.tokenFile: must be an absolute path: the working directory may differ',
    ],
  ],
  [
    'ssh keys do not fit https',
    head + repository + '    auth: {sshKeyFile: /a, knownHostsFile: /b}\n',
    [
      '9:24: spec.repositories[0].auth.sshKeyFile: is for ssh URLs; this one is https',
      '9:44: spec.repositories[0].auth.knownHostsFile: is for ssh URLs; this one is https',
    ],
  ],
  [
    'a token does not fit ssh',
    head + repository.replace('https://', 'ssh://git@') + '    auth: {tokenFile: /a}\n',
    ['9:23: spec.repositories[0].auth.tokenFile: is for https URLs; this one is ssh'],
  ],
  [
    'an ssh key without known hosts is refused',
    head + repository.replace('https://', 'ssh://git@') + '    auth: {sshKeyFile: /a}\n',
    ['9:11: spec.repositories[0].auth: needs sshKeyFile and knownHostsFile together'],
  ],
]

for (const [title, text, issues] of cases) {
  test(title, () => {
    assert.deepEqual(issuesOf(text), issues)
  })
}
