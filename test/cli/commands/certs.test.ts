import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { run } from '../../../src/cli/run.ts'
import type { SetReport } from '../../../src/certs/show.ts'
import { fakeEnv } from '../fake-env.ts'
import { scratch } from '../scratch.ts'

const cwd = scratch({ 'foreign/ca.key': 'mine' })
const start = Date.UTC(2026, 5, 1, 12)
const day = 24 * 3_600_000

async function certs(args: string, daysLater = 0) {
  const env = fakeEnv({ cwd, now: () => start + daysLater * day })
  const status = await run(['certs', ...args.split(' ')], env)
  return { status, out: env.out(), err: env.err() }
}

function read(dir: string, file: string): string {
  return readFileSync(path.join(cwd, dir, file), 'utf8')
}

function namesIn(dir: string): string | undefined {
  return new X509Certificate(read(dir, 'tls.crt')).subjectAltName
}

async function sets(dir: string, daysLater = 0): Promise<readonly SetReport[]> {
  const { out } = await certs(`show ${dir} -o json`, daysLater)
  return (JSON.parse(out) as { sets: SetReport[] }).sets
}

/** Serial numbers of the server's leaf and of its authorities, newest first. */
async function serials(dir: string, daysLater = 0) {
  const [server] = await sets(dir, daysLater)
  return {
    leaf: server?.leaf?.serialNumber,
    authorities: server?.authorities.map(({ serialNumber }) => serialNumber) ?? [],
  }
}

test('bootstrap makes both sets for the default Service; a second time it changes nothing', async () => {
  const { status, out, err } = await certs('bootstrap --out certs --client')
  assert.equal(status, 0)
  assert.equal(err, '')
  assert.equal(
    out,
    `server  created an authority: there is none
        issued a certificate: there is no certificate
        certs/ca.crt certs/ca.key certs/tls.crt certs/tls.key
client  created an authority: there is none
        issued a certificate: there is no certificate
        certs/client-ca.crt certs/client-ca.key certs/client.crt certs/client.key
`,
  )
  assert.equal(namesIn('certs'), 'DNS:solewriter.solewriter-system.svc')
  assert.equal(statSync(path.join(cwd, 'certs/tls.key')).mode & 0o777, 0o600)
  const before = read('certs', 'tls.crt')
  const again = await certs('bootstrap --out certs --client')
  assert.equal(again.status, 0)
  assert.match(again.out, /^server {2}is in order: nothing was changed\n/)
  assert.equal(read('certs', 'tls.crt'), before)
})

test('show judges what is there: 0 in order, 1 once something is due', async () => {
  const { status, out } = await certs('show')
  assert.equal(status, 0)
  assert.match(
    out,
    /^server {2}ok {2}made by solewriter\nCERTIFICATE +FOR +UNTIL +DAYS LEFT +RENEWED FROM +SERIAL\nserver +solewriter\.solewriter-system\.svc +2026-08-30 +90 +2026-07-31 +[0-9a-f]{32}\nauthority +CN=solewriter-ca-[0-9a-f]{16} +2027-06-01 +365 /,
  )
  assert.match(out, /\n\nclient {2}ok {2}made by solewriter\n/)
  const due = await certs('show --dir certs', 61)
  assert.equal(due.status, 1)
  assert.match(
    due.out,
    /^server {2}problems {2}made by solewriter\n {2}the certificate needs replacing: two thirds of its life are over\n/,
  )
  assert.deepEqual((await sets('certs', 400))[0]?.leaf?.problem?.slice(0, 7), 'expired')
})

test('rotate renews one set, and with --authority its authority, the old one still trusted', async () => {
  const client = read('certs', 'client.crt')
  const old = await serials('certs')
  assert.equal((await certs('rotate', 1)).status, 0)
  const renewed = await serials('certs', 1)
  assert.notEqual(renewed.leaf, old.leaf)
  assert.deepEqual(renewed.authorities, old.authorities)
  const { out } = await certs('rotate --authority', 2)
  assert.match(out, /^server {2}created an authority: it was asked for\n/)
  const next = await serials('certs', 2)
  assert.deepEqual(next.authorities.slice(1), old.authorities)
  assert.equal(read('certs', 'client.crt'), client)
})

test('a leaked authority is distrusted at once', async () => {
  assert.equal((await certs('rotate --set client --distrust', 3)).status, 0)
  const found = await sets('certs', 3)
  assert.deepEqual(
    found.map(({ authorities }) => authorities.length),
    [2, 1],
  )
})

const named: readonly [args: string, names: string][] = [
  ['--service hook --namespace sys', 'DNS:hook.sys.svc'],
  ['--dns a.example --dns b.example', 'DNS:a.example, DNS:b.example'],
  ['--ip 127.0.0.1', 'IP Address:127.0.0.1'],
  ['--service hook --dns a.example', 'DNS:hook.solewriter-system.svc, DNS:a.example'],
]
for (const [args, names] of named) {
  test(`bootstrap ${args} is for ${names}`, async () => {
    rmSync(path.join(cwd, 'named'), { recursive: true, force: true })
    assert.equal((await certs(`bootstrap --out named ${args}`)).status, 0)
    assert.equal(namesIn('named'), names)
    assert.ok(!readdirSync(path.join(cwd, 'named')).includes('client.crt'))
  })
}

const refused: readonly [args: string, said: RegExp][] = [
  ['bootstrap --out x --dns Upper', /"Upper" is not a DNS name in lower case/],
  ['bootstrap --out x --ip 300.1.1.1', /"300\.1\.1\.1" is not an IP address/],
  ['bootstrap --out x --client-name y', /--client-name is of no use without --client/],
  ['bootstrap --out foreign', /ca\.key was not made by solewriter/],
  ['rotate --dir none', /none holds no server certificates: bootstrap first/],
  ['rotate --authority --distrust', /'--distrust' cannot be used with option '--authority'/],
  ['rotate --set clients', /Allowed choices are server, client/],
  ['show none', /^error: none holds no certificates: certs bootstrap makes them\n$/],
]
for (const [args, said] of refused) {
  test(`${args} is refused`, async () => {
    const { status, out, err } = await certs(args)
    assert.equal(status, 2)
    assert.equal(out, '')
    assert.match(err, said)
    assert.ok(!readdirSync(cwd).includes('x'), 'something was written')
  })
}

test('certificates of others are judged too', async () => {
  const foreign = scratch({ 'tls.crt': read('certs', 'tls.crt') })
  const { status, out } = await certs(`show ${foreign}`, 3)
  assert.equal(status, 1)
  assert.match(out, /^server {2}problems {2}renewed by somebody else\n {2}the key cannot be read\n/)
  writeFileSync(path.join(foreign, 'tls.key'), read('certs', 'tls.key'))
  assert.equal((await certs(`show ${foreign}`, 3)).status, 0)
})
