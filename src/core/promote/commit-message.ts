import { resolvesTrailer } from '../breakglass/trailers.ts'
import { formatObject, type ObjectWords } from './object-words.ts'

/** One use, as a commit tells it. */
export interface ToldUse {
  readonly n: number
  readonly decisionId: string
  /** RFC 3339. */
  readonly time: string
  readonly op: string
  readonly target: string
  readonly paths: readonly string[]
}

export interface PromotedGrant {
  readonly name: string
  readonly holder: string
  readonly incident: string
  readonly reason: string
  readonly uses: readonly ToldUse[]
  /** Whether these are all that there are. */
  readonly isAll: boolean
  readonly objects: readonly ObjectWords[]
}

/** What a commit says of the uses that it takes over into Git. */
export function promotionMessage(grant: PromotedGrant): string {
  const { name, holder, incident, reason, uses, isAll, objects } = grant
  const resolved = isAll ? [oneLine(name)] : uses.map(({ n }) => `${oneLine(name)} use ${n}`)
  const trailers = [
    ...(incident === '' ? [] : [`Incident: ${oneLine(incident)}`]),
    ...resolved.map((value) => `${resolvesTrailer}: ${value}`),
  ]
  return paragraphs([
    subjectOf('Break-glass', objects),
    oneLine([incident, reason].filter((text) => text !== '').join(': ')),
    wrapped(`Written under the break-glass grant ${name} of ${oneLine(holder)}:`),
    uses.map(useText).join('\n'),
    trailers.join('\n'),
  ])
}

/** The line by which a branch is known to hold this proposal. */
export const proposalTrailer = 'Proposal'

/** What a commit says of a change that was refused; `digest` tells it from all others. */
export function proposalMessage(
  objects: readonly ObjectWords[],
  { message, digest }: { readonly message: string; readonly digest: string },
): string {
  const body = message.replaceAll(/[^\P{Cc}\n]/gu, ' ').trim()
  return paragraphs([subjectOf('Propose', objects), body, `${proposalTrailer}: ${digest}`])
}

const widest = 72

function subjectOf(word: string, objects: readonly ObjectWords[]): string {
  const [first, ...others] = objects.map(formatObject)
  const more = others.length === 0 ? '' : ` and ${others.length} more`
  const whole = oneLine(`${word}: ${first ?? 'nothing'}`)
  return whole.length + more.length <= widest
    ? whole + more
    : `${whole.slice(0, widest - more.length - 3)}...${more}`
}

function useText({ n, decisionId, time, op, target, paths }: ToldUse): string {
  const fields = paths.length === 0 || paths.includes('*') ? '' : `: ${paths.join(', ')}`
  const [first = '', ...rest] = wrapped(
    oneLine(`${n}. ${time} ${op} ${target}${fields} (decision ${decisionId})`),
  ).split('\n')
  return [first, ...rest.map((line) => `   ${line}`)].join('\n')
}

function wrapped(text: string): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > widest) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].join('\n')
}

function paragraphs(parts: readonly string[]): string {
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

/** A text of others: it begins no paragraph and no trailer of its own. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
}
