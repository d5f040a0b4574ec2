const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const length = 26
const randomBits = 80n
const mostTime = 2 ** 48 - 1

/** 48 bits of epoch milliseconds and the first 80 bits of `bits` as 26 characters that sort by time. */
export function ulid(time: number, bits: Uint8Array): string {
  if (!Number.isInteger(time) || time < 0 || time > mostTime || bits.length < 10) {
    throw new RangeError('a ULID is made of a time in whole milliseconds and ten bytes')
  }
  let rest = BigInt(time) << randomBits
  for (let i = 0; i < 10; i += 1) rest |= BigInt(bits[i] ?? 0) << BigInt(72 - 8 * i)
  let text = ''
  for (let i = 0; i < length; i += 1) {
    text = `${crockford[Number(rest & 31n)] ?? ''}${text}`
    rest >>= 5n
  }
  return text
}
