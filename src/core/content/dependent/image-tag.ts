// The grammar of image references, as far as it decides whether there is a tag and which: a
// reference that does not follow it has none, and the API server accepts it all the same.

const part = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const label = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])'
const host = `(?:${label}(?:\\.${label})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`
const tag = '[\\w][\\w.-]{0,127}'
const digest = 'sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}'
const reference = new RegExp(
  `^(?<name>${part}(?:/${part})*)(?::(?<tag>${tag}))?(?:@(?<digest>${digest}))?$`,
)
const domain = new RegExp(`^${host}$`)
const identifier = /^[a-f0-9]{64}$/
const longestName = 255

/** `latest` where neither tag nor digest is given; undefined where there is none. */
export function imageTag(image: string): string | undefined {
  const path = identifier.test(image) ? undefined : pathOf(image)
  const found = path === undefined ? undefined : reference.exec(path)?.groups
  if (found === undefined || (found['name'] ?? '').length > longestName) return undefined
  return found['tag'] ?? (found['digest'] === undefined ? 'latest' : undefined)
}

/** What follows the host; undefined where that is none. */
function pathOf(image: string): string | undefined {
  const slash = image.indexOf('/')
  const first = image.slice(0, Math.max(slash, 0))
  if (!isHost(first)) return image
  return domain.test(first) ? image.slice(slash + 1) : undefined
}

/** Docker Hub's own names have no host in front. */
function isHost(first: string): boolean {
  if (first === '') return false
  return /[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first
}
