import { goodBg, goodClaims, goodDetail, minted } from './issuing.ts'

const otherCluster =
  'WrongCluster: the token is for another cluster: here aud is urn:solewriter:cluster:6f1c2d2e-1111-4222-8333-944445555666'
export const otherUser = 'WrongUser: the token is for another user: sub has to be your own username'
const tooLong = 'Lifetime: a token lives at most 15 minutes from iat to exp'
const noUuid = 'Claims: jti must be a lower-case UUID'
const noSeconds = (claim: string) =>
  `Claims: ${claim} must be a whole number from 0 to 1099511627776`

export const claims: readonly [
  title: string,
  change: Readonly<Record<string, unknown>>,
  verdict: string,
][] = [
  ['aud of another cluster', { aud: 'urn:solewriter:cluster:other' }, otherCluster],
  ['aud with ours in it', { aud: `${goodClaims.aud}x` }, otherCluster],
  ['a list of aud with ours', { aud: [goodClaims.aud] }, 'Claims: aud must be one text'],
  ['no aud', { aud: undefined }, 'Claims: aud is required'],
  ['sub of another user', { sub: 'bob@acme.example' }, otherUser],
  ['sub in another case', { sub: 'Alice@acme.example' }, otherUser],
  [
    'sub with a control character',
    { sub: 'alice@acme.example\0' },
    'Claims: sub must be a username',
  ],
  ['an empty sub', { sub: '' }, 'Claims: sub must be a username'],
  ['no sub', { sub: undefined }, 'Claims: sub is required'],
  ['no exp', { exp: undefined }, 'Claims: exp is required'],
  ['no nbf', { nbf: undefined }, 'Claims: nbf is required'],
  ['no iat', { iat: undefined }, 'Claims: iat is required'],
  ['no jti', { jti: undefined }, 'Claims: jti is required'],
  ['exp as a text', { exp: String(minted + 900) }, noSeconds('exp')],
  ['exp between two seconds', { exp: minted + 0.5 }, noSeconds('exp')],
  ['exp beyond all numbers', { exp: 2 ** 60 }, noSeconds('exp')],
  ['iat before the epoch', { iat: -1 }, noSeconds('iat')],
  ['exp null', { exp: null }, noSeconds('exp')],
  ['16 minutes', { exp: minted + 960 }, tooLong],
  ['a second more than 15 minutes', { exp: minted + 901 }, tooLong],
  ['ten years', { exp: minted + 315_360_000 }, tooLong],
  ['an end before the beginning', { exp: minted }, tooLong],
  [
    'nbf in the future',
    { nbf: minted + 60 },
    'NotYetValid: the token is valid in 60 s: compare the clocks',
  ],
  [
    'iat in the future',
    { iat: minted + 31, exp: minted + 900 },
    'NotYetValid: the token is valid in 31 s: compare the clocks',
  ],
  ['jti as an object', { jti: { a: 1 } }, noUuid],
  ['jti in capitals', { jti: goodClaims.jti.toUpperCase() }, noUuid],
  ['jti that is no UUID', { jti: 'one' }, noUuid],
  ['jti with more behind it', { jti: `${goodClaims.jti}-a` }, noUuid],
  ['jti with a newline', { jti: `${goodClaims.jti}\n` }, noUuid],
  ['the nil UUID', { jti: '00000000-0000-0000-0000-000000000000' }, noUuid],
  ['jti as a number', { jti: 1 }, noUuid],
  ['cnf with unknown members', { cnf: { jkt: 'x' } }, 'Claims: cnf.x5t#S256 is required'],
  ['no bg', { bg: undefined }, 'Claims: bg is required'],
  ['bg of another version', { bg: { ...goodBg, v: 2 } }, 'Claims: bg.v must be 1'],
  [
    'bg of another level',
    { bg: { ...goodBg, level: 'sealed' } },
    'Claims: bg.level must be standard',
  ],
  [
    'bg with more members',
    { bg: { ...goodBg, admin: true } },
    'Claims: bg has a member that is not known; known are v, incident, reason, level, session_s, max_uses, hold_s, approvals',
  ],
  [
    'no reason',
    { bg: { ...goodBg, reason: '' } },
    'Claims: bg.reason must be 1 to 500 printable characters',
  ],
  [
    'a reason that forges lines',
    { bg: { ...goodBg, reason: 'a\nb' } },
    'Claims: bg.reason must be 1 to 500 printable characters',
  ],
  ['no incident', { bg: { ...goodBg, incident: undefined } }, 'Claims: bg.incident is required'],
  [
    'a session of a week',
    { bg: { ...goodBg, session_s: 604_800 } },
    'Claims: bg.session_s must be a whole number from 1 to 86400',
  ],
  [
    'no uses',
    { bg: { ...goodBg, max_uses: 0 } },
    'Claims: bg.max_uses must be a whole number from 1 to 100',
  ],
  [
    'approvals that are none',
    { bg: { ...goodBg, approvals: ['x'] } },
    'Claims: bg.approvals[0] must be a compact JWS',
  ],
  ['no scope', { authorization_details: undefined }, 'Scope: authorization_details is required'],
  [
    'an empty scope',
    { authorization_details: [] },
    'Scope: authorization_details must not be empty',
  ],
  [
    'a scope that is no list',
    { authorization_details: goodDetail },
    'Scope: authorization_details must be a list',
  ],
  [
    'seventeen entries',
    { authorization_details: Array.from({ length: 17 }, () => ({})) },
    'Scope: authorization_details must have at most 16 items',
  ],
]

const place = 'Scope: authorization_details[0]'
const aResource = 'resource[/subresource] in plural lower case, its group in apiGroups'
const aName = 'must be a name or a prefix such as api-*'
const aField = 'must be a field path'

export const scopes: readonly [
  title: string,
  change: Readonly<Record<string, unknown>>,
  verdict: string,
][] = [
  [
    'another type',
    { type: 'urn:solewriter:k8s-write:v2' },
    `${place}.type must be urn:solewriter:k8s-write:v1`,
  ],
  [
    'unknown members',
    { objectSelector: {} },
    `${place} has a member that is not known; known are type, apiGroups, resources, operations, namespaces, names, labels, fields`,
  ],
  ['no groups', { apiGroups: undefined }, `${place}.apiGroups is required`],
  ['no resources', { resources: undefined }, `${place}.resources is required`],
  ['no operations', { operations: undefined }, `${place}.operations is required`],
  ...['apiGroups', 'resources', 'operations', 'namespaces', 'names', 'fields', 'labels'].map(
    (list): [string, Readonly<Record<string, unknown>>, string] => [
      `an empty list of ${list}`,
      { [list]: [] },
      `${place}.${list} must not be empty`,
    ],
  ),
  ['a text for a list', { names: 'api' }, `${place}.names must be a list`],
  ['null for a list', { namespaces: null }, `${place}.namespaces must be a list`],
  [
    '* for groups',
    { apiGroups: ['*'] },
    `${place}.apiGroups[0] must be an API group, empty for core`,
  ],
  ['* for resources', { resources: ['*'] }, `${place}.resources[0] must be ${aResource}`],
  ['* for subresources', { resources: ['pods/*'] }, `${place}.resources[0] must be ${aResource}`],
  [
    'resources with a group',
    { resources: ['deployments.apps'] },
    `${place}.resources[0] must be ${aResource}`,
  ],
  [
    '* for operations',
    { operations: ['*'] },
    `${place}.operations[0] must be CREATE or UPDATE or DELETE or CONNECT`,
  ],
  [
    'operations in lower case',
    { operations: ['update'] },
    `${place}.operations[0] must be CREATE or UPDATE or DELETE or CONNECT`,
  ],
  [
    'a prefix of namespaces',
    { namespaces: ['team-*'] },
    `${place}.namespaces[0] must be a namespace, or * for every one`,
  ],
  [
    'an empty namespace',
    { namespaces: [''] },
    `${place}.namespaces[0] must be a namespace, or * for every one`,
  ],
  ['* for names', { names: ['*'] }, `${place}.names[0] ${aName}`],
  ['* within a name', { names: ['a*b'] }, `${place}.names[0] ${aName}`],
  ['an empty name', { names: [''] }, `${place}.names[0] ${aName}`],
  [
    'a change without fields',
    { fields: undefined },
    `${place}.fields is required for CREATE and UPDATE`,
  ],
  ['fields that cannot be read', { fields: ['spec..replicas'] }, `${place}.fields[0] ${aField}`],
  ['fields that are no texts', { fields: [1] }, `${place}.fields[0] ${aField}`],
  ['a quote that JSON refuses', { fields: ['a["\\x"]'] }, `${place}.fields[0] ${aField}`],
  ['* within fields', { fields: ['spec.*'] }, `${place}.fields[0] ${aField}`],
  ['labels that are none', { labels: ['app'] }, `${place}.labels[0] must be key=value of a label`],
]
