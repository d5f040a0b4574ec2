import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { compareUrl, type Forge } from '../../../src/core/promote/compare-url.ts'

const github = '/compare/main...break-glass/bg-1?expand=1'
const gitea = '/compare/main...break-glass/bg-1'
const gitlab =
  '/-/merge_requests/new?merge_request%5Bsource_branch%5D=break-glass/bg-1&merge_request%5Btarget_branch%5D=main'

const cases: readonly (readonly [url: string, expected: string | undefined, forge?: Forge])[] = [
  ['https://github.com/acme/fleet.git', `https://github.com/acme/fleet${github}`],
  ['git@github.com:acme/fleet.git', `https://github.com/acme/fleet${github}`],
  [
    'ssh://git@github.acme.example:2222/acme/fleet',
    `https://github.acme.example/acme/fleet${github}`,
  ],
  ['https://gitlab.com/acme/ops/fleet.git', `https://gitlab.com/acme/ops/fleet${gitlab}`],
  ['git@gitlab.acme.example:ops/fleet.git', `https://gitlab.acme.example/ops/fleet${gitlab}`],
  ['https://codeberg.org/acme/fleet', `https://codeberg.org/acme/fleet${gitea}`],
  [
    'https://gitea.acme.example:3000/acme/fleet.git',
    `https://gitea.acme.example:3000/acme/fleet${gitea}`,
  ],
  ['http://gitea.local/acme/fleet.git', `http://gitea.local/acme/fleet${gitea}`],
  ['https://git.acme.example/acme/fleet.git', undefined],
  [
    'https://git.acme.example/acme/fleet.git',
    `https://git.acme.example/acme/fleet${gitlab}`,
    'gitlab',
  ],
  ['https://notgithub.example/acme/fleet.git', undefined],
  ['file:///srv/fleet.git', undefined, 'gitea'],
  ['/srv/fleet.git', undefined, 'gitea'],
  ['https://alice:secret@github.com/acme/fleet', undefined],
]

describe('where a request to merge is opened', () => {
  for (const [url, expected, forge] of cases) {
    test(`${url}${forge === undefined ? '' : `, which is ${forge}`}`, () => {
      const branches = { base: 'main', branch: 'break-glass/bg-1' }
      assert.equal(compareUrl({ url, ...branches, ...(forge && { forge }) }), expected)
    })
  }

  test('names of branches are no part of a URL', () => {
    const url = compareUrl({ url: 'https://github.com/a/b', base: 'a&b', branch: 'c?d/#e' })
    assert.equal(url, 'https://github.com/a/b/compare/a%26b...c%3Fd/%23e?expand=1')
  })
})
