import type { FieldPattern } from '../manifest/field-path.ts'

type Step = FieldPattern[number]

/** What both of two texts stand for, each exact or `prefix*`; undefined when there is nothing. */
export function meetTexts(a: string, b: string): string | undefined {
  if (matchesText(a, b)) return b
  return matchesText(b, a) ? a : undefined
}

/** Whether a text, itself exact or `prefix*`, is all among what the pattern stands for. */
export function matchesText(pattern: string, text: string): boolean {
  return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : pattern === text
}

/** The places that both patterns cover; undefined when there are none, or no pattern says them. */
export function meetFields(a: FieldPattern, b: FieldPattern): FieldPattern | undefined {
  const [shorter, longer] = a.length <= b.length ? [a, b] : [b, a]
  if (isKept(longer) && !isKept(shorter)) return undefined
  const steps: Step[] = []
  for (const [i, step] of longer.entries()) {
    const other = shorter[i]
    const met = other === undefined ? step : meetSteps(step, other)
    if (met === undefined) return undefined
    steps.push(met)
  }
  return steps
}

/**
 * Below `metadata.ownerReferences` and `metadata.finalizers`. Only a pattern that names them reaches
 * there: they delete objects, or keep them from being deleted.
 */
export function isKept([first, second]: FieldPattern): boolean {
  return (
    first?.kind === 'key' &&
    first.key === 'metadata' &&
    second?.kind === 'key' &&
    (second.key === 'ownerReferences' || second.key === 'finalizers')
  )
}

/** Items named by two different keys could only be said with both: none rather than too many. */
function meetSteps(a: Step, b: Step): Step | undefined {
  if (a.kind === 'key' || b.kind === 'key') {
    return a.kind === 'key' && b.kind === 'key' && a.key === b.key ? a : undefined
  }
  if (a.kind === 'any') return b
  if (b.kind === 'any') return a
  return a.field === b.field && a.value === b.value ? a : undefined
}

const plainKey = /^[A-Za-z_$][\w$-]*$/

/** The pattern as it is written: `parseFieldPattern` reads the same from it. */
export function formatFieldPattern(pattern: FieldPattern): string {
  const text = pattern.map(formatStep).join('')
  return text === '' ? '*' : text.replace(/^\./, '')
}

function formatStep(step: Step): string {
  if (step.kind === 'any') return '[*]'
  if (step.kind === 'item') return `[${step.field}=${JSON.stringify(step.value)}]`
  return plainKey.test(step.key) ? `.${step.key}` : `[${JSON.stringify(step.key)}]`
}
