import { visible } from './visible.ts'

const markup: unique symbol = Symbol('markup')

/** Markup that was made by `html`: never text of somebody else, and never read from JSON. */
export interface Html {
  readonly [markup]: string
}

/** Texts and numbers are escaped; markup passes; nothing stands for nothing. */
export type Content = string | number | Html | null | undefined | false | readonly Content[]

/**
 * Markup of a template. Values stand in text or in quoted attributes, where they are escaped and what
 * does not print is shown; a link leads to the web, to a place below the site, or nowhere. A template
 * with a value anywhere else throws: that is a mistake in the code.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  const slots = slotsOf(strings)
  const parts = strings.map((text, i) => {
    const slot = slots[i]
    return slot === undefined ? text : `${text}${filled(slot, values[i])}`
  })
  return { [markup]: parts.join('') }
}

export function markupOf(content: Html): string {
  return content[markup]
}

export function joined(parts: readonly Content[], separator: Content = ''): Html {
  return html`${parts.flatMap((part, i) => (i === 0 ? [part] : [separator, part]))}`
}

/** The lines of a text, each on its own. */
export function lines(text: string): Html {
  return joined(text.split(/\r?\n/), html`<br />`)
}

/** The same text, as the content of an element or between quotes. */
export function escaped(text: string): string {
  return visible(text).replace(/["&'<>`]/g, (character) => entities[character] ?? '')
}

const entities: Readonly<Record<string, string>> = {
  '"': '&quot;',
  '&': '&amp;',
  "'": '&#39;',
  '<': '&lt;',
  '>': '&gt;',
  '`': '&#96;',
}

type Slot = 'text' | 'attribute' | 'link'

function filled(slot: Slot, value: Content): string {
  if (slot === 'text') return textOf(value)
  if (typeof value === 'string') return escaped(slot === 'link' && !leadsOn(value) ? '#' : value)
  if (typeof value === 'number') return String(value)
  if (value === undefined || value === null || value === false) return ''
  throw new TypeError('an attribute holds a text or a number')
}

function textOf(value: Content): string {
  if (value === undefined || value === null || value === false) return ''
  if (typeof value === 'string') return escaped(value)
  if (typeof value === 'number') return String(value)
  return isMarkup(value) ? value[markup] : value.map(textOf).join('')
}

function isMarkup(value: Html | readonly Content[]): value is Html {
  return Object.hasOwn(value, markup)
}

/** Browsers drop tabs and line breaks from addresses, and know more schemes than anybody. */
function leadsOn(address: string): boolean {
  return /^(?:https?:\/\/|#|\/(?![/\\])|\.{1,2}\/|[\w-]+(?:[/?#.]|$))/.test(address)
}

const known = new WeakMap<TemplateStringsArray, readonly Slot[]>()

function slotsOf(strings: TemplateStringsArray): readonly Slot[] {
  const slots = known.get(strings) ?? slotsIn(strings)
  known.set(strings, slots)
  return slots
}

/** One for each value. */
function slotsIn(strings: TemplateStringsArray): readonly Slot[] {
  let before = ''
  return strings.slice(0, -1).map((text) => {
    before += text
    const slot = slotBehind(before)
    if (slot === undefined) throw new TypeError(`no value may stand behind ${before.slice(-60)}`)
    before += 'x'
    return slot
  })
}

function slotBehind(before: string): Slot | undefined {
  const tag = /<[^<>]*$/.exec(before)?.[0]
  if (tag === undefined) return /<(?:script|style)\b[^>]*>[^<]*$/i.test(before) ? undefined : 'text'
  const [, name] = /\s([\w:-]+)="[^"]*$/.exec(tag) ?? []
  const isQuoted = tag.split('"').length % 2 === 0
  if (name === undefined || !isQuoted || /^(?:on|style$)/i.test(name)) return undefined
  return /^(?:href|src|action|xlink:href)$/i.test(name) ? 'link' : 'attribute'
}
