import type { SourceProblem } from '../core/provenance/declarations.ts'

const longest = 300

/**
 * What a renderer complains of, without what it quotes: that may be the value of a Secret. `tree` is
 * where the commit was written out.
 */
export function sayableLine(complaint: string, tree: string): string {
  const lines = complaint.split('\n').map((line) => line.trim())
  const said = lines.find((line) => line.startsWith('Error: ')) ?? lines.find((line) => line !== '')
  const whole = (said ?? 'it does not say why')
    .replace(/^Error: /, '')
    .replaceAll(`${tree}/`, '')
    .replaceAll(tree, '.')
    .replace(resourceId, '$1 $2')
    .replace(unquotedValue, '$1 …')
  const [unquoted = ''] = whole
    .replace(/"((?:[^"\\]|\\.)*)"/g, (_, text: string) =>
      /^[A-Z]\w* [\w.-]+$/.test(text) ? text : '…',
    )
    .split(/[`[{"]/)
  const text = unquoted.replace(/[^\x20-\x7e…]/g, ' ').trim()
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}

/** Where they end a message with a value as it is. */
const unquotedValue = /\b(can't iterate over|out of bounds for value|is not a string:) .*/

/** kustomize's way to name one: `Deployment.v1.apps/api.pay`, or `Secret.v1.[noGrp]/a.[noNs]`. */
const resourceId =
  /\b([A-Z]\w*)\.[a-z]\w*\.(?:\[noGrp\]|[\w.-]+)\/([\w.-]+?)\.(?:\[noNs\]|[a-z0-9-]+)(?![\w.-])/g

/** The file among those of the build that a complaint names last, and the line it names. */
export function placeIn(
  complaint: string,
  files: readonly string[],
  fallback: string,
): Pick<SourceProblem, 'file' | 'line'> {
  const named = Array.from(complaint.matchAll(/[\w./-]*\w\.ya?ml\b/g), ([name]) => name)
  const file = named
    .toReversed()
    .map((name) => files.find((one) => one === name || one.endsWith(`/${name}`)))
    .find((one) => one !== undefined)
  const [, line = '1'] = (file !== undefined && /\bline (\d+)/.exec(complaint)) || []
  return { file: file ?? fallback, line: Number(line) }
}
