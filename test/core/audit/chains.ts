import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { chainLine, emptyChain, type ChainHead } from '../../../src/core/audit/chain.ts'
import {
  noCheckpoint,
  signerWith,
  statementDigest,
  type Checkpoint,
  type Signer,
  type Statement,
} from '../../../src/core/audit/checkpoint.ts'
import {
  chainVerifier,
  type RecordLine,
  type Verification,
  type VerifyOptions,
} from '../../../src/core/audit/verify.ts'
import { keySet, publicHalf, readKeys, thumbprint } from '../../../src/core/breakglass/keys.ts'
import type { PinnedKeys } from '../../../src/core/breakglass/keys.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import type { SparseRecord } from '../../../src/core/audit/record-text.ts'
import { record } from './decisions.ts'

export interface Keys {
  readonly kid: string
  readonly secret: KeyObject
  readonly published: PinnedKeys
  readonly jwks: string
  readonly sign: Signer
}

export function newKeys(): Keys {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = publicHalf(privateKey)!
  const jwks = JSON.stringify(keySet(jwk))
  const read = readKeys(jwks)
  if (read.kind === 'refused') throw new Error(read.message)
  const kid = thumbprint(jwk)
  return { kid, secret: privateKey, published: read.keys, jwks, sign: signerWith(kid, privateKey) }
}

/** As `signerWith` signs it, at once. */
export function signed(statement: Statement, keys: Keys): Checkpoint {
  const { closes, count, head, prevCheckpoint, seq, time, unrecorded, writer } = statement
  const told = { closes, count, head, prevCheckpoint, seq, time, unrecorded, writer }
  const text = `solewriter.dev/AuditCheckpoint/v1\n${JSON.stringify(told)}`
  const signature = sign('sha256', Buffer.from(text), {
    key: keys.secret,
    dsaEncoding: 'ieee-p1363',
  }).toString('base64url')
  return { ...told, kid: keys.kid, signature }
}

/** Writes a chain as a process of ours does, with everything that may go wrong left to the test. */
export class ChainWriter {
  readonly lines: string[] = []
  readonly checkpoints: Checkpoint[] = []
  readonly keys: Keys | undefined
  head: ChainHead
  #count = 0
  #digest = noCheckpoint

  constructor(writer: string, keys?: Keys) {
    this.head = emptyChain(writer)
    this.keys = keys
  }

  add(extra: JsonObject = {}): this {
    this.#count += 1
    return this.#write({ ...record({ name: `n${this.#count}` }), ...extra })
  }

  addMany(count: number): this {
    for (let i = 0; i < count; i += 1) this.add()
    return this
  }

  statement(changes: Partial<Statement> = {}): Statement {
    return {
      closes: false,
      count: this.#count,
      head: this.head.hash,
      prevCheckpoint: this.#digest,
      seq: this.head.seq,
      time: '2026-08-23T12:00:00.000Z',
      unrecorded: 0,
      writer: this.head.writer,
      ...changes,
    }
  }

  /** Writes what was stated some records ago, or now. */
  checkpoint(statement = this.statement(), keys = this.keys): this {
    const checkpoint = keys === undefined ? statement : signed(statement, keys)
    this.#digest = statementDigest(checkpoint)
    this.checkpoints.push(checkpoint)
    return this.#write({ checkpoint })
  }

  close(): this {
    return this.checkpoint(this.statement({ closes: true }))
  }

  /** As another file would have them. */
  recordLines(file = 'a.jsonl'): readonly RecordLine[] {
    return toLines(this.lines, file)
  }

  #write(body: SparseRecord): this {
    const next = chainLine(body, this.head)
    this.lines.push(next.line)
    this.head = next.head
    return this
  }
}

export function toLines(texts: readonly string[], file = 'a.jsonl'): readonly RecordLine[] {
  return texts.map((text, i) => ({ file, line: i + 1, text, isWhole: true }))
}

export function verifyLines(
  lines: readonly RecordLine[],
  options: VerifyOptions = {},
): Verification {
  const verifier = chainVerifier(options)
  for (const line of lines) verifier.add(line)
  return verifier.result()
}
