import type { Json } from '../../manifest/json.ts'
import { exactInteger } from '../../manifest/strict-json.ts'
import { refused, type Obstacle } from './outcome.ts'
import { emptyMap, isValueMap, type ValueMap } from './value-map.ts'

/** A value as `helm --set` would set it, or taken word for word. */
export interface Setting {
  readonly path: string
  readonly text: string
  readonly isLiteral: boolean
}

const deepest = 30
const shortest = 1e6

/** Sets it in the map as Helm's strvals do; what they would read as more than one value is refused. */
export function setAtPath(values: ValueMap, setting: Setting): Obstacle | undefined {
  const keys = readKeys(setting.path)
  if (keys === undefined) return refused('a targetPath with a list index, or an empty part')
  const value = setting.isLiteral ? setting.text : readValue(setting.text)
  if (value === undefined) {
    return refused('a value for a targetPath that --set reads as several: use literal: true')
  }
  if (isShortened(value)) {
    return refused('a number for a targetPath that templates print otherwise: use literal: true')
  }
  const last = keys.pop() ?? ''
  let map = values
  for (const key of keys) {
    const inner = Object.hasOwn(map, key) ? map[key] : (map[key] = emptyMap())
    if (!isValueMap(inner)) return refused('a targetPath through what is no map')
    map = inner
  }
  map[last] = value
  return undefined
}

/** Helm writes such a number of a values file as 1e+06, and one that was set as it is. */
function isShortened(value: Json): boolean {
  const isNumber = typeof value === 'number' || typeof value === 'bigint'
  return isNumber && (value >= shortest || value <= -shortest)
}

/** A backslash makes the next character a part of the name. */
function readKeys(path: string): string[] | undefined {
  if (!/^(?:[a-zA-Z0-9_./-]|\\[^])+$/.test(path)) return undefined
  const parts = path.match(/(?:\\[^]|[^.\\])+/g) ?? []
  const isWhole = parts.join('.') === path && parts.length <= deepest
  return isWhole ? parts.map((part) => part.replace(/\\([^])/g, '$1')) : undefined
}

function readValue(text: string): Json | undefined {
  if (isQuoted(text, "'") || isQuoted(text, '"')) {
    const inner = text.replace(/^['"]+|['"]+$/g, '')
    return isSeveral(inner) ? undefined : inner
  }
  return isSeveral(text) ? undefined : typed(text)
}

function isQuoted(text: string, quote: string): boolean {
  return text.startsWith(quote) && text.endsWith(quote)
}

function isSeveral(text: string): boolean {
  return text.startsWith('{') || /[,\\]/.test(text)
}

function typed(text: string): Json {
  const [, isTrue, isFalse, isNull] = /^(?:(true)|(false)|(null))$/iu.exec(text) ?? []
  if (isTrue !== undefined) return true
  if (isFalse !== undefined) return false
  if (isNull !== undefined) return null
  if (text === '0') return 0
  if (!/^[-+]?\d+$/.test(text) || text.startsWith('0')) return text
  return exactInteger(text.replace('+', '')) ?? text
}
