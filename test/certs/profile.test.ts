import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseProfile, type LeafProfile } from '../../src/certs/profile.ts'

const of = (dnsNames: string[], ipAddresses: string[] = []): LeafProfile => ({
  kind: 'server',
  dnsNames,
  ipAddresses,
})

const refused: readonly [string, LeafProfile, RegExp][] = [
  ['a server without names', of([]), /at least one/],
  ['a wildcard', of(['*.example.com']), /not a DNS name/],
  ['upper case', of(['Example.com']), /not a DNS name/],
  ['a trailing dot', of(['example.com.']), /not a DNS name/],
  ['a name with a second name in it', of(['a.example, DNS:b.example']), /not a DNS name/],
  ['a NUL byte', of(['a.example\0.evil.example']), /not a DNS name/],
  ['an address among the names', of(['127.0.0.1']), /not a DNS name/],
  ['a label of 64 characters', of(['a'.repeat(64)]), /not a DNS name/],
  ['an address that is none', of([], ['256.0.0.1']), /not an IP address/],
  ['an octal address', of([], ['010.0.0.1']), /not an IP address/],
  ['a network', of([], ['10.0.0.0/8']), /not an IP address/],
  ['an address with a zone', of([], ['fe80::1%eth0']), /not an IP address/],
  ['a client without a name', { kind: 'client', commonName: '' }, /name of a client/],
  ['a client with a second attribute', { kind: 'client', commonName: 'a,O=b' }, /name of a client/],
  ['a client with a line break', { kind: 'client', commonName: 'a\nO=b' }, /name of a client/],
]
for (const [title, profile, expected] of refused) {
  test(`${title} is refused`, () => {
    assert.throws(() => parseProfile(profile), { code: 'CertificateInvalid', message: expected })
  })
}

test('everything that is wrong is said at once', () => {
  assert.throws(() => parseProfile(of(['A', 'b_c'], ['x'])), /"A".*"b_c".*"x"/)
})

test('addresses get one spelling and names are listed once', () => {
  assert.deepEqual(
    parseProfile(of(['a.example', 'a.example'], ['0:0:0:0:0:0:0:1', '::1', '2001:DB8::A'])),
    of(['a.example'], ['::1', '2001:db8::a']),
  )
})
