import { decisionId } from '../../decision/fingerprint.ts'

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const shape = /^[0-9A-HJKMNP-TV-Z]{26}$/
const timeLength = 10
const noFingerprint = `sha256:${'0'.repeat(64)}`

/**
 * What all decisions about one request share, made of the id of one: a request that is re-run in the
 * next minute has another id, of which the API server keeps the first alone. An id is the
 * fingerprint, turned by cluster and minute, so turning it again gives the fingerprint.
 */
export function joinKeys(clusterUid: string): (id: string) => string {
  let known = ''
  let turn: readonly number[] = []
  return (id) => {
    if (!shape.test(id)) return id
    const time = id.slice(0, timeLength)
    if (time !== known) {
      turn = symbolsOf(decisionId(clusterUid, noFingerprint, timeOf(time)))
      known = time
    }
    return symbolsOf(id)
      .map((symbol, i) => crockford[symbol ^ (turn[i] ?? 0)] ?? '')
      .join('')
  }
}

function symbolsOf(id: string): readonly number[] {
  return Array.from(id.slice(timeLength), (symbol) => crockford.indexOf(symbol))
}

function timeOf(symbols: string): number {
  let time = 0
  for (const symbol of symbols) time = time * crockford.length + crockford.indexOf(symbol)
  return Math.min(time, 2 ** 48 - 1)
}
