let second = Number.NaN
let head = ''

/** RFC 3339 in UTC, of epoch milliseconds. Made anew once a second: each decision has such a text. */
export function recordTime(ms: number): string {
  const of = Math.floor(ms / 1000)
  if (of !== second) {
    head = new Date(of * 1000).toISOString().slice(0, -'000Z'.length)
    second = of
  }
  return `${head}${String(Math.floor(ms) - of * 1000).padStart(3, '0')}Z`
}
