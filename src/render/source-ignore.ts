import { compileWildcards, oneOf, type Matches, type Piece } from './wildcards.ts'

/** One line of a `.sourceignore`, as source-controller reads it. */
interface Pattern {
  /** Steps of the folder in which the file is. */
  readonly folder: readonly string[]
  readonly takesIn: boolean
  readonly isForFolders: boolean
  /** One of them stands for a name anywhere, several for a path from the folder. */
  readonly steps: readonly Step[]
}

type Step = '' | '**' | Matches

export interface IgnoreFile {
  readonly path: string
  readonly text: string
}

/** Whether a file of the repository is missing in what source-controller makes of it. */
export type IsLeftOut = (path: string) => boolean

export const ignoreFileName = '.sourceignore'
const versionControl = ['.git/', '.gitignore', '.gitmodules', '.gitattributes']
const byDefault = [
  '*.jpg *.jpeg *.gif *.png *.wmv *.flv *.tar.gz *.zip',
  '.github/ .circleci/ .travis.yml .gitlab-ci.yml appveyor.yml .drone.yml',
  'cloudbuild.yaml codeship-services.yml codeship-steps.yml',
  '**/.goreleaser.yml **/.sops.yaml **/.flux.yaml',
].flatMap((line) => line.split(' '))
const mostPatterns = 1000
const longest = 1000

/** Undefined if there is more than can be looked at for each file. */
export function readIgnoreFiles(files: readonly IgnoreFile[]): IsLeftOut | undefined {
  const own = files.toSorted(inWalkingOrder).flatMap(({ path, text }) => {
    const folder = path.split('/').slice(0, -1)
    return linesOf(text).map((line) => parsePattern(line, folder))
  })
  if (own.length > mostPatterns || !own.every((pattern) => pattern !== undefined)) return undefined
  const fixed = [...versionControl, ...(own.length > 0 ? [] : byDefault)]
  const patterns = [...fixed.flatMap((line) => parsePattern(line, []) ?? []), ...own].toReversed()
  return (path) => {
    const steps = path.split('/')
    const decisive = patterns.find((pattern) => matches(pattern, steps))
    return decisive !== undefined && !decisive.takesIn
  }
}

/** A folder before what is in its folders, and those by name: what comes later wins. */
function inWalkingOrder(one: IgnoreFile, other: IgnoreFile): number {
  const [a, b] = [one, other].map(({ path }) => path.split('/').slice(0, -1))
  const [mine = [], theirs = []] = [a, b]
  for (const [position, step] of mine.entries()) {
    const against = theirs[position]
    if (against === undefined) return 1
    if (step !== against) return Buffer.compare(Buffer.from(step), Buffer.from(against))
  }
  return mine.length - theirs.length
}

function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/\r$/, ''))
    .filter((line) => !line.startsWith('#') && line.trim() !== '')
}

function parsePattern(line: string, folder: readonly string[]): Pattern | undefined {
  if (line.length > longest) return undefined
  const takesIn = line.startsWith('!')
  const said = takesIn ? line.slice(1) : line
  const trimmed = said.endsWith('\\ ') ? said : said.replace(/ +$/, '')
  const isForFolders = trimmed.endsWith('/')
  const text = isForFolders ? trimmed.slice(0, -1) : trimmed
  const isPath = text.includes('/')
  const steps = text.split('/').map((step): Step => {
    if (isPath && (step === '' || step === '**')) return step
    return (isPath && step.includes('**') ? undefined : compileName(step)) ?? nothing
  })
  return { folder, takesIn, isForFolders, steps }
}

const nothing = (): boolean => false

function matches({ folder, isForFolders, steps }: Pattern, path: readonly string[]): boolean {
  if (path.length <= folder.length || folder.some((step, i) => step !== path[i])) return false
  const below = path.slice(folder.length)
  const [only] = steps
  if (steps.length > 1 || typeof only !== 'function') return matchesPath(steps, below, isForFolders)
  const at = below.findIndex(only)
  return at !== -1 && !(isForFolders && at === below.length - 1)
}

/** The path is that of a file. A pattern that ends earlier is one of a folder that it is in. */
function matchesPath(
  steps: readonly Step[],
  path: readonly string[],
  isForFolders: boolean,
): boolean {
  const walk: PathWalk = { rest: path, isMatched: false, mayPass: false }
  for (const [position, step] of steps.entries()) {
    if (step === '') walk.mayPass = false
    else if (step !== '**') {
      if (!takeStep(walk, step)) return false
    } else if (position < steps.length - 1) walk.mayPass = true
  }
  return walk.isMatched && !(isForFolders && walk.rest.length === 0)
}

interface PathWalk {
  rest: readonly string[]
  isMatched: boolean
  /** Names may be passed over until one matches. */
  mayPass: boolean
}

function takeStep(walk: PathWalk, step: Matches): boolean {
  const reachable = walk.mayPass ? walk.rest : walk.rest.slice(0, 1)
  const taken = reachable.findIndex(step)
  walk.mayPass = false
  walk.isMatched = true
  walk.rest = walk.rest.slice(taken + 1)
  return taken !== -1
}

/** A name as filepath.Match of Go takes it; undefined for a pattern that is none, which matches nothing. */
function compileName(pattern: string): Matches | undefined {
  const characters = Array.from(pattern)
  const pieces: Piece[] = []
  for (let at = 0; at < characters.length;) {
    const [piece, next] = readPiece(characters, at)
    if (piece === undefined) return undefined
    pieces.push(piece)
    at = next
  }
  return compileWildcards(pieces)
}

const notSlash = (character: string): boolean => character !== '/'

function readPiece(
  characters: readonly string[],
  at: number,
): readonly [Piece | undefined, number] {
  const character = characters[at] ?? ''
  if (character === '*') return [{ kind: 'many', passes: notSlash }, at + 1]
  if (character === '?') return [{ kind: 'one', passes: notSlash }, at + 1]
  if (character === '[') return readClass(characters, at + 1)
  if (character !== '\\') return [oneOf(character), at + 1]
  const escaped = characters[at + 1]
  return [escaped === undefined ? undefined : oneOf(escaped), at + 2]
}

type Range = readonly [low: string, high: string]

function readClass(
  characters: readonly string[],
  start: number,
): readonly [Piece | undefined, number] {
  const isNot = characters[start] === '^'
  const ranges: Range[] = []
  let at = isNot ? start + 1 : start
  while (characters[at] !== ']' || ranges.length === 0) {
    const low = readMember(characters, at)
    const hasHigh = low !== undefined && characters[low.next] === '-'
    const high = hasHigh ? readMember(characters, low.next + 1) : low
    if (low === undefined || high === undefined) return [undefined, at]
    ranges.push([low.character, high.character])
    at = high.next
  }
  const isIn = (one: string): boolean => ranges.some(([low, high]) => low <= one && one <= high)
  return [{ kind: 'one', passes: (one) => isIn(one) !== isNot }, at + 1]
}

function readMember(characters: readonly string[], at: number) {
  const isEscaped = characters[at] === '\\'
  const character = characters[isEscaped ? at + 1 : at]
  const isBad = character === undefined || (!isEscaped && (character === '-' || character === ']'))
  return isBad ? undefined : { character, next: at + (isEscaped ? 2 : 1) }
}
