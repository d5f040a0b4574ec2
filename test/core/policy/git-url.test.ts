import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gitUrlKey, parseGitUrl } from '../../../src/core/policy/git-url.ts'

const same: readonly string[] = [
  'https://git.example.com/acme/fleet.git',
  'https://git.example.com/acme/fleet',
  'https://git.example.com/acme/fleet/',
  'https://GIT.example.com:443/acme/fleet.git',
  'HTTPS://git.example.com/acme/fleet',
  'http://git.example.com:80/acme/fleet',
  'ssh://git@git.example.com/acme/fleet.git',
  'ssh://git@git.example.com:22/acme/fleet.git',
  'git@git.example.com:acme/fleet.git',
  'git@git.example.com:/acme/fleet.git',
  'git.example.com:acme/fleet',
]

for (const text of same) {
  test(`${text} is the repository git.example.com/acme/fleet`, () => {
    const url = parseGitUrl(text)
    assert.equal(typeof url === 'string' ? url : gitUrlKey(url), 'git.example.com/acme/fleet')
  })
}

const other: readonly string[] = [
  'https://git.example.com/acme/Fleet',
  'https://git.example.com:8443/acme/fleet',
  'https://git.example.com.evil.example/acme/fleet',
  'https://git.example.com/acme/fleet.git.git',
  'https://git.example.com/acme/fleet/x',
  'ssh://git@git.example.com:2222/acme/fleet',
  'https://xn--gt-sfa.example.com/acme/fleet',
  'file:///git.example.com/acme/fleet',
]

for (const text of other) {
  test(`${text} is another repository`, () => {
    const url = parseGitUrl(text)
    assert.notEqual(typeof url === 'string' ? url : gitUrlKey(url), 'git.example.com/acme/fleet')
    assert.equal(typeof url, 'object')
  })
}

const refused: readonly string[] = [
  '',
  ' https://git.example.com/a',
  'https://git.example.com/a b',
  'https://git.example.com/a\n',
  'https://git.example.com/\u00a0a',
  'https://git.example.com',
  'https://git.example.com/.git',
  'https://u@git.example.com/a',
  'https://u:p@git.example.com/a',
  'ssh://git:p@git.example.com/a',
  'https://git.example.com/a?x=1',
  'https://git.example.com/a#x',
  'ssh://-oProxyCommand=x/a',
  '-oProxyCommand=x:a',
  'git@-oProxyCommand=x:a',
  'git@host:-x',
  'ext::sh',
  'ext::/bin/sh%20-c%20x',
  'fd::17/a',
  'git://git.example.com/a',
  'ftp://git.example.com/a',
  'file://host/a',
  'SSH:git.example.com/a',
  '/srv/a.git',
  '../a',
  'https:/git.example.com/a',
  'https:git.example.com/a',
]

for (const text of refused) {
  test(`${JSON.stringify(text)} is refused without being repeated`, () => {
    const reason = parseGitUrl(text)
    assert.equal(typeof reason, 'string', JSON.stringify(reason))
    assert.ok(text.length < 8 || !JSON.stringify(reason).includes(text))
  })
}
