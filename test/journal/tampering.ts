import { chainLine, type ChainHead } from '../../src/core/audit/chain.ts'
import type { Checkpoint, Statement } from '../../src/core/audit/checkpoint.ts'
import type { JsonObject } from '../../src/core/manifest/json.ts'
import { newKeys, signed, type Keys } from '../core/audit/chains.ts'
import type { Files } from './honest-log.ts'

/** Takes any numbers, which it brings into range. */
export type Tamper = (files: Files, picks: readonly [number, number, number]) => Files

const foreign = newKeys()

/** What somebody does who may write the files, and has no key of ours. */
export const tampers: Readonly<Record<string, Tamper>> = {
  'edits a record': (files, [a, b, c]) => change(files, [a, b], (line) => [edited(line, c)]),
  'deletes records': (files, [a, b, c]) => change(files, [a, b], () => [], 1 + (c % 3)),
  'inserts a record once more': (files, [a, b]) => change(files, [a, b], (line) => [line, line]),
  'inserts a record of another place': (files, [a, b, c]) =>
    change(files, [a, b], (line) => [line, pick(files, c, a)]),
  'inserts a record of his own': (files, [a, b]) =>
    change(files, [a, b], (line) => [
      line,
      line.replace(/"seq":(\d+)/, (_, n) => `"seq":${Number(n) + 1}`),
    ]),
  'swaps records': (files, [a, b]) => swapped(files, a, b),
  'cuts the end off a file': (files, [a, b]) => cutOff(files, a, b),
  'removes a file': (files, [a]) => without(files, a),
  'edits a record and makes its chain anew': (files, [a, b, c]) =>
    rechained(change(files, [a, b], (line) => [edited(line, c)])),
  'leaves records out and makes the chain anew': (files, [a, b, c]) =>
    rechained(change(files, [a, b], () => [], 1 + (c % 3))),
  'splices in records of another chain, and makes the chain anew': (files, [a, b, c]) =>
    rechained(change(files, [a, b], (line) => [line, renamed(pick(files, c, b), line)])),
  'edits a record, makes the chain anew and signs it with another key': (files, [a, b, c]) =>
    rechained(
      change(files, [a, b], (line) => [edited(line, c)]),
      foreign.secret,
    ),
}

function at<T>(list: readonly T[], n: number): T {
  const found = list[n % list.length]
  if (found === undefined) throw new Error('there is nothing to pick')
  return found
}

function pick(files: Files, a: number, b: number): string {
  return at(at([...files.values()], a), b)
}

function change(
  files: Files,
  [a, b]: readonly [number, number],
  into: (line: string) => readonly string[],
  count = 1,
): Files {
  const [name, lines] = at([...files], a)
  const i = b % lines.length
  return new Map(files).set(name, lines.toSpliced(i, count, ...into(lines[i] ?? '')))
}

/** Another value, which the same reader still reads. */
function edited(line: string, n: number): string {
  const places = [...line.matchAll(/[0-9a-zA-Z](?="[,}\]])/g)]
  const { index } = at(places, n)
  const old = line.charAt(index)
  return `${line.slice(0, index)}${old === '0' ? '1' : '0'}${line.slice(index + 1)}`
}

function swapped(files: Files, a: number, b: number): Files {
  const several = [...files].filter(([, lines]) => lines.length > 1)
  if (several.length === 0) return files
  const [name, lines] = at(several, a)
  const i = b % (lines.length - 1)
  return new Map(files).set(name, lines.with(i, lines[i + 1] ?? '').with(i + 1, lines[i] ?? ''))
}

function cutOff(files: Files, a: number, b: number): Files {
  const [name, lines] = at([...files], a)
  return new Map(files).set(name, lines.slice(0, b % lines.length))
}

function without(files: Files, a: number): Files {
  const left = new Map(files)
  left.delete(at([...files.keys()], a))
  return left
}

function renamed(line: string, like: string): string {
  const { writer } = JSON.parse(like) as { writer: string }
  return JSON.stringify({ ...(JSON.parse(line) as JsonObject), writer })
}

/** All chains again, so that each record fits behind the one before it, from where it begins. */
function rechained(files: Files, secret?: Keys['secret']): Files {
  const heads = new Map<string, ChainHead>()
  const anew = new Map<string, readonly string[]>()
  for (const [name, lines] of files)
    anew.set(
      name,
      lines.map((line) => again(line, heads, secret)),
    )
  return anew
}

function again(
  line: string,
  heads: Map<string, ChainHead>,
  secret: Keys['secret'] | undefined,
): string {
  const { v: _v, prev, seq, writer, ...body } = parsed(line)
  const head = heads.get(writer) ?? { writer, seq: seq - 1, hash: prev }
  const next = chainLine(secret === undefined ? body : resigned(body, head, secret), head)
  heads.set(writer, next.head)
  return next.line
}

function parsed(line: string) {
  return JSON.parse(line) as JsonObject & { writer: string; seq: number; prev: string }
}

function resigned(body: JsonObject, head: ChainHead, secret: Keys['secret']): JsonObject {
  const checkpoint = body['checkpoint'] as Checkpoint | undefined
  if (checkpoint === undefined) return body
  const statement: Statement = { ...checkpoint, seq: head.seq, head: head.hash }
  return { checkpoint: signed(statement, { ...foreign, secret, kid: checkpoint.kid ?? '' }) }
}
