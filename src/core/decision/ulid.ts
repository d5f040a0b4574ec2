const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const timeLength = 10
const mostTime = 2 ** 48 - 1

/** 48 bits of epoch milliseconds and the first 80 bits of `bits` as 26 characters that sort by time. */
export function ulid(time: number, bits: Uint8Array): string {
  if (!Number.isInteger(time) || time < 0 || time > mostTime || bits.length < 10) {
    throw new RangeError('a ULID is made of a time in whole milliseconds and ten bytes')
  }
  return timePart(time) + fiveBytes(bits, 0) + fiveBytes(bits, 5)
}

function timePart(time: number): string {
  let rest = time
  let text = ''
  for (let i = 0; i < timeLength; i += 1) {
    text = symbol(rest % 32) + text
    rest = Math.floor(rest / 32)
  }
  return text
}

/** Forty bits are eight symbols; a number holds that many exactly. */
function fiveBytes(bits: Uint8Array, from: number): string {
  let rest = 0
  for (let i = from; i < from + 5; i += 1) rest = rest * 256 + (bits[i] ?? 0)
  let text = ''
  for (let i = 0; i < 8; i += 1) {
    text = symbol(rest % 32) + text
    rest = Math.floor(rest / 32)
  }
  return text
}

function symbol(value: number): string {
  return crockford[value] ?? ''
}
