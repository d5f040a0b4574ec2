import type { Json } from '../../../../src/core/manifest/json.ts'
import type { Meaning } from '../../../../src/core/content/position.ts'
import type { Random } from './random.ts'

/** Groups of spellings that mean the same; no two groups do. */
const spellings: Readonly<Record<Exclude<Meaning, 'exact'>, readonly (readonly Json[])[]>> = {
  quantity: [
    ['1', 1, '1000m', '1e0', '1.0', '+1'],
    ['500m', '0.5', '.5', 0.5],
    ['1Gi', '1024Mi', '1073741824', 1_073_741_824],
    ['2G', '2000M', '2e9', '2E9'],
    ['100k', '100000'],
    ['1n', '0.000000001', '1e-9'],
    ['-3', '-3000m'],
  ],
  duration: [
    ['1m0s', '60s', '1m', '60000ms'],
    ['1h30m0s', '90m', '1.5h'],
    ['100ms', '0.1s'],
    ['-2s', '-2000ms'],
    ['10µs', '10us', '10000ns'],
  ],
  timestamp: [
    ['2026-01-02T03:04:05Z', '2026-01-02t03:04:05z', '2026-01-02T04:04:05+01:00'],
    ['2026-01-02T03:04:05.5Z', '2026-01-02T03:04:05.500000Z'],
    ['2024-02-29T23:30:00Z', '2024-03-01T00:30:00+01:00', '2024-02-29T22:30:00.000-01:00'],
  ],
  bytes: [
    ['aGVsbG8=', 'aGVs\nbG8='],
    ['aGVsbG8gd29ybGQ=', 'aGVs\r\nbG8gd29ybGQ='],
    ['eA==', 'eA==\n'],
  ],
}

const texts = ['a', 'b', 'TCP', 'Never', '1', 'true', '0.5', '60s', 'é', '__proto__', ' x', 'x\ny']

export function randomScalar(meaning: Meaning, random: Random): Json {
  if (meaning !== 'exact') return random.pick(random.pick(spellings[meaning]) ?? []) ?? ''
  if (random.chance(0.6)) return `${random.pick(texts)}${random.below(1000)}`
  if (random.chance(0.2)) return true
  return random.chance(0.1) ? 2n ** 60n + BigInt(random.below(100)) : 1 + random.below(100_000)
}

/** Another spelling of the same. */
export function respelt(value: Json, meaning: Meaning, random: Random): Json {
  if (meaning === 'exact') return value
  return random.pick(groupOf(value, meaning)) ?? value
}

/** A value that says something else there. */
export function anotherScalar(value: Json, meaning: Meaning, random: Random): Json {
  if (meaning === 'exact') return anotherExact(value, random)
  const others = spellings[meaning].filter((group) => !group.includes(value))
  return random.pick(random.pick(others) ?? []) ?? ''
}

function anotherExact(value: Json, random: Random): Json {
  if (typeof value === 'string') return value + (random.pick(['x', ' ', '\u200b']) ?? '')
  if (typeof value === 'boolean') return random.chance(0.5) ? !value : String(value)
  if (typeof value === 'bigint') return value + 1n
  // The same in another type is something else.
  return typeof value === 'number' && random.chance(0.8) ? value + 1 : String(value as number)
}

function groupOf(value: Json, meaning: Exclude<Meaning, 'exact'>): readonly Json[] {
  return spellings[meaning].find((group) => group.includes(value)) ?? [value]
}
