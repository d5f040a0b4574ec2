import assert from 'node:assert/strict'
import { test } from 'node:test'
import { breakGlass, issuer, key, max, row, rule, sink } from './break-glass-texts.ts'
import { issuesOf } from './policies.ts'

const at = 'spec.breakGlass'
const sourceless = `${at}.issuers[0]: needs exactly one of jwksFile, jwks or jwksUrl`
const noUrl = 'must be an https:// URL without user, query and fragment, exactly as tokens have it'
const file = 'jwksFile: /k'

const refused: readonly [title: string, text: string, ...issues: string[]][] = [
  ['an issuer has keys', issuer('keys: []'), sourceless],
  ['an issuer has keys from one place', issuer(`${file}, jwksUrl: "https://a/k"`), sourceless],
  [
    'only what is fetched is fetched again',
    issuer(`${file}, refresh: 5m`),
    `${at}.issuers[0].refresh: is for jwksUrl only`,
  ],
  [
    'what is fetched again is not fetched all the time',
    issuer('jwksUrl: "https://a.example/k", refresh: 0s'),
    `${at}.issuers[0].refresh: must be more than 0s and at most 24h`,
  ],
  [
    'keys are fetched over https',
    issuer('jwksUrl: "http://a.example/k"'),
    `${at}.issuers[0].jwksUrl: must be an https:// URL without user and fragment`,
  ],
  [
    'a key file has an absolute path',
    issuer('jwksFile: jwks.json'),
    `${at}.issuers[0].jwksFile: must be an absolute path: the working directory may differ`,
  ],
  ...[
    'http://a.example',
    'https://a.example?x=1',
    'https://a.example/#x',
    'https://u:p@a.example',
    'a.example',
    'https://',
  ].map((url): [string, string, string] => [
    `${url} is no issuer`,
    breakGlass(`    issuers: [{name: a, issuer: "${url}", ${file}}]\n`),
    `${at}.issuers[0].issuer: ${noUrl}`,
  ]),
  [
    'two issuers have neither one name nor one iss',
    breakGlass(`    issuers:
    - {name: a, issuer: "https://a.example", ${file}}
    - {name: a, issuer: "https://a.example", ${file}}
`),
    `${at}.issuers[1].name: is also the name of item 0 of the list`,
    `${at}.issuers[1].issuer: is also the issuer of item 0 of the list`,
  ],
  [
    'a key is limited once',
    issuer(`${file}, keys: [{kid: k}, {kid: k}]`),
    `${at}.issuers[0].keys[1].kid: is also the kid of item 0 of the list`,
  ],
  [
    'limits are of a key that there is',
    issuer(`jwks: {keys: [${key()}]}, keys: [{kid: j}]`),
    `${at}.issuers[0].keys[0].kid: names no key of jwks: "j" (did you mean "k"?)`,
  ],
  [
    'limits of a key are limits',
    issuer(`${file}, keys: [{kid: k, users: [], maxSession: 0s, notAfter: 2027-02-30}]`),
    `${at}.issuers[0].keys[0].users: must not be empty`,
    `${at}.issuers[0].keys[0].maxSession: must be more than 0s and at most 24h`,
    `${at}.issuers[0].keys[0].notAfter: must be a date such as 2027-01-01, or a time such as 2027-01-01T12:00:00Z`,
  ],
  [
    'a private key is refused, and not shown',
    issuer(`jwks: {keys: [${key({ d: 'c2VjcmV0' })}]}`),
    `${at}.issuers[0].jwks.keys[0].d: is the private half: whoever reads it can mint tokens, so make a new key and publish only jwks.json`,
  ],
  [
    'a symmetric key is refused',
    issuer('jwks: {keys: [{kty: oct, k: c2VjcmV0, kid: k}]}'),
    `${at}.issuers[0].jwks.keys[0].crv: is required`,
    `${at}.issuers[0].jwks.keys[0].x: is required`,
    `${at}.issuers[0].jwks.keys[0].y: is required`,
    `${at}.issuers[0].jwks.keys[0].kty: must be EC, not "oct"`,
    `${at}.issuers[0].jwks.keys[0].k: is a shared secret: whoever verifies tokens with it can mint them; only ES256 keys will do`,
  ],
  [
    'another curve is refused',
    issuer(`jwks: {keys: [${key({ crv: 'P-384' })}]}`),
    `${at}.issuers[0].jwks.keys[0].crv: must be P-256, not "P-384"`,
  ],
  [
    'a point that is not on the curve is refused',
    issuer(`jwks: {keys: [${key({ x: 'A'.repeat(43) })}]}`),
    `${at}.issuers[0].jwks.keys[0]: is not a public key: no point of P-256`,
  ],
  [
    'two keys of one name are refused',
    issuer(`jwks: {keys: [${key()}, ${key()}]}`),
    `${at}.issuers[0].jwks.keys[1].kid: is also the kid of item 0 of the list`,
  ],
  [
    'no keys are refused',
    issuer('jwks: {keys: []}'),
    `${at}.issuers[0].jwks.keys: must not be empty`,
  ],
  [
    'a rule is for somebody',
    rule('maxUses: 1', '{}'),
    `${at}.rules[0].subjects: needs groups or users`,
  ],
  [
    'an empty list of people is not everybody',
    rule('maxUses: 1', '{groups: []}'),
    `${at}.rules[0].subjects.groups: must not be empty`,
  ],
  [
    'a rule is for nobody in particular',
    rule('maxUses: 1', '{groups: ["*", "system:authenticated", "system:serviceaccounts:ci"]}'),
    `${at}.rules[0].subjects.groups[0]: must not contain a wildcard`,
    `${at}.rules[0].subjects.groups[1]: is everybody`,
    `${at}.rules[0].subjects.groups[2]: is every service account of a cluster or namespace`,
  ],
  [
    'an empty scope is not every scope',
    rule('maxScope: []'),
    `${at}.rules[0].maxScope: must not be empty`,
  ],
  ['a scope says where', row('names: [a]'), `${at}.rules[0].maxScope[0].namespaces: is required`],
  [
    'a change needs fields',
    max('{resources: [pods], operations: [UPDATE], namespaces: [a]}'),
    `${at}.rules[0].maxScope[0]: needs fields for UPDATE: the ones that may change, or "*"`,
  ],
  [
    'a deletion has none',
    row('namespaces: [a], fields: [spec]'),
    `${at}.rules[0].maxScope[0].fields: means nothing for DELETE: remove it`,
  ],
  [
    'a star stands at the end',
    row('namespaces: ["*a", "a*b"], names: ["*", "*a"], labels: [a]'),
    `${at}.rules[0].maxScope[0].namespaces[0]: must be a namespace, a prefix such as team-*, or *`,
    `${at}.rules[0].maxScope[0].namespaces[1]: must be a namespace, a prefix such as team-*, or *`,
    `${at}.rules[0].maxScope[0].names[0]: must be the name of an object or a prefix such as api-*`,
    `${at}.rules[0].maxScope[0].names[1]: must be the name of an object or a prefix such as api-*`,
    `${at}.rules[0].maxScope[0].labels[0]: must be key=value of a label`,
  ],
  [
    'a star for resources stands alone',
    max('{resources: [pods, "*"], operations: [DELETE], namespaces: [a]}'),
    `${at}.rules[0].maxScope[0].resources[1]: must not contain a wildcard: name each resource`,
  ],
  [
    'limits have limits',
    rule('maxSession: 25h, maxUses: 0, reconcileHold: 5h'),
    `${at}.rules[0].maxSession: must be more than 0s and at most 24h`,
    `${at}.rules[0].maxUses: must be a whole number from 1 to 100`,
    `${at}.rules[0].reconcileHold: must be more than 0s and at most 4h`,
  ],
  [
    'numbers are whole',
    rule('maxUses: 1.5, reason: {minLength: -1}'),
    `${at}.rules[0].maxUses: must be a whole number from 1 to 100`,
    `${at}.rules[0].reason.minLength: must be a whole number from 1 to 500`,
  ],
  [
    'approval needs somebody to give it',
    rule('approvals: {required: 1}'),
    `${at}.rules[0].approvals: needs groups: nobody could approve`,
  ],
  [
    'what is bypassed is there, says all of its limits, and comes before the end',
    rule(
      'approvals: {required: 1, groups: [a], bypass: {after: 15m, maxSession: 10m, maxUses: 1}}',
    ),
    `${at}.rules[0].approvals.bypass.after: must be less than timeout, when waiting ends`,
  ],
  [
    'without approvals there is nothing to bypass',
    rule('approvals: {bypass: {after: 1m, maxSession: 10m, maxUses: 1}}'),
    `${at}.rules[0].approvals.bypass: has nothing to bypass: no approval is required`,
  ],
  [
    'the pattern of incidents, what is due and where can be read',
    rule('reason: {incident: "("}, postMortem: {draftDue: soon, timeZone: Mars/Base}'),
    `${at}.rules[0].reason.incident: must be a regular expression`,
    `${at}.rules[0].postMortem.draftDue: must be a duration such as 24h, or next-working-day`,
    `${at}.rules[0].postMortem.timeZone: must be a time zone such as Europe/Berlin`,
  ],
  [
    'an unknown kind of sink is refused',
    sink('kind: pagerdutty'),
    `${at}.sinks[0].kind: must be one of cloudevents, pagerduty, slack, file, kubernetes-event, not "pagerdutty" (did you mean "pagerduty"?)`,
  ],
  [
    'a sink says where it is',
    sink('kind: pagerduty'),
    `${at}.sinks[0]: kind pagerduty needs routingKeyFile`,
  ],
  [
    'a sink has no place of another kind',
    sink('kind: file, path: /a, url: "https://a.example"'),
    `${at}.sinks[0].url: is not for kind file`,
  ],
  [
    'nor authorities where nothing is asked for them',
    sink('kind: slack, urlFile: /a, caFile: /b'),
    `${at}.sinks[0].caFile: is not for kind slack`,
  ],
]

for (const [title, text, ...issues] of refused) {
  test(title, () => {
    assert.deepEqual(
      issuesOf(text).map((issue) => issue.replace(/^\d+:\d+: /, '')),
      issues,
    )
  })
}

test('an issue says in which line and column', () => {
  assert.deepEqual(issuesOf(rule('maxUses: 0')), [
    `6:50: ${at}.rules[0].maxUses: must be a whole number from 1 to 100`,
  ])
})
