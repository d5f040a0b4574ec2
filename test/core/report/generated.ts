import fc from 'fast-check'
import type { JsonObject } from '../../../src/core/manifest/json.ts'

/** Around which records are generated. Epoch ms. */
export const period = { from: Date.UTC(2026, 7, 1), to: Date.UTC(2026, 7, 4) }

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** Its minute, and which decision of it. */
export function idOf(ms: number, which: number): string {
  let head = ''
  let rest = Math.floor(ms / 60_000) * 60_000
  for (let i = 0; i < 10; i += 1) {
    head = `${crockford[rest % 32]}${head}`
    rest = Math.floor(rest / 32)
  }
  return `${head}${String(which).padStart(16, '0')}`
}

const name = fc.oneof(
  fc.constantFrom('', 'pay', 'shop', 'system:serviceaccount:a:b', '<script>alert(1)</script>'),
  fc.constantFrom(
    '=cmd()',
    '\u202Eevil',
    '(cluster)',
    '(all others)',
    'a,b',
    '"',
    "'x",
    'é',
    'a\u2028b',
  ),
)

const git = fc.record({
  repo: fc.constantFrom('fleet', 'platform'),
  commit: fc.constantFrom('a'.repeat(40), 'b'.repeat(40)),
  path: fc.constantFrom('x.yaml:1', '=x'),
  evidence: fc.constant('flux'),
  verified: fc.boolean(),
})

const minutes = Math.ceil((period.to - period.from) / 60_000)

/** Records in any order: some before and behind the period, several of one decision, dry runs. */
export const recordSets: fc.Arbitrary<readonly JsonObject[]> = fc.array(
  fc
    .record({
      minute: fc.oneof(
        fc.integer({ min: -3, max: minutes + 3 }),
        fc.constantFrom(-1, 0, minutes - 1, minutes),
      ),
      offset: fc.constantFrom(0, 1, 30_000, 59_999),
      which: fc.integer({ min: 0, max: 3 }),
      decision: fc.constantFrom('allow', 'deny'),
      wouldDeny: fc.boolean(),
      dryRun: fc.boolean(),
      reason: fc.constantFrom(
        'VerifiedCommit',
        'BreakGlass',
        'Exception',
        'OwnObject',
        'OutOfScope',
        'NoDesiredStateChange',
        'HumanWrite',
        'ContentMismatch',
      ),
      ns: name,
      user: name,
      rule: fc.option(name),
      git: fc.option(git),
    })
    .map(({ minute, offset, which, ...rest }) => {
      const ms = period.from + minute * 60_000 + offset
      return {
        ...rest,
        decisionId: idOf(ms, which),
        time: new Date(ms).toISOString(),
        gvr: 'apps/v1/deployments',
        name: 'api',
        op: 'UPDATE',
        sub: '',
        idClass: 'writer',
        mode: 'enforce',
        policy: 'sha256:0',
      }
    }),
  { maxLength: 60 },
)
