const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const timeLength = 10
const mostTime = 2 ** 48 - 1

/** 48 bits of epoch milliseconds and the first 80 bits of `bits` as 26 characters that sort by time. */
export function ulid(time: number, bits: Uint8Array): string {
  if (!Number.isInteger(time) || time < 0 || time > mostTime || bits.length < 10) {
    throw new RangeError('a ULID is made of a time in whole milliseconds and ten bytes')
  }
  return symbols(time, timeLength) + fiveBytes(bits, 0) + fiveBytes(bits, 5)
}

/** Forty bits are eight symbols; a number holds that many exactly. */
function fiveBytes(bits: Uint8Array, from: number): string {
  let value = 0
  for (let i = from; i < from + 5; i += 1) value = value * 256 + (bits[i] ?? 0)
  return symbols(value, 8)
}

/** Two symbols at a time: each review has a ULID. */
const pairs = Array.from(crockford, (high) => Array.from(crockford, (low) => high + low)).flat()

function symbols(value: number, length: number): string {
  let rest = value
  let text = ''
  for (let i = 0; i < length; i += 2) {
    text = `${pairs[rest % pairs.length] ?? ''}${text}`
    rest = Math.floor(rest / pairs.length)
  }
  return text
}
