/** Powers of ten that the suffixes of a Kubernetes quantity stand for. */
const decimal: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
}

const binary: Readonly<Record<string, bigint>> = {
  Ki: 1n << 10n,
  Mi: 1n << 20n,
  Gi: 1n << 30n,
  Ti: 1n << 40n,
  Pi: 1n << 50n,
  Ei: 1n << 60n,
}

const shape =
  /^([+-]?)(?=\.?\d)(\d{0,40})(?:\.(\d{0,40}))?(?:[eE]([+-]?\d{1,2})|([numkMGTPE]|[KMGTPE]i))?$/

/** The API server keeps no more than this: what is smaller is rounded up. */
const smallest = -9

/**
 * The amount in units of 10^-9, undefined if it is none.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function parseQuantity(text: string): bigint | undefined {
  const match = shape.exec(text)
  if (match === null) return undefined
  const part = (i: number) => match[i] ?? ''
  const fraction = part(3)
  const suffix = part(5)
  const power = Number(part(4)) + (decimal[suffix] ?? 0) - smallest - fraction.length
  const amount = scale(BigInt(part(2) + fraction) * (binary[suffix] ?? 1n), power)
  return part(1) === '-' ? -amount : amount
}

function scale(digits: bigint, power: number): bigint {
  if (power >= 0) return digits * 10n ** BigInt(power)
  const divisor = 10n ** BigInt(-power)
  return (digits + divisor - 1n) / divisor
}
