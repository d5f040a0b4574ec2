import type { BodyName } from './bodies.ts'

/** Everything is made by the main process and handed to its children over IPC. */
export interface Keys {
  readonly authorityPem: string
  readonly server: { readonly certificatePem: string; readonly keyPem: string }
  readonly client: { readonly certificatePem: string; readonly keyPem: string }
}

export const callerName = 'kube-apiserver'

export type ServerOrder =
  | {
      readonly kind: 'start'
      readonly keys: Keys
      readonly subject: string
      readonly isNoop: boolean
    }
  /** The bare server answers with so many bytes. */
  | { readonly kind: 'answer-size'; readonly bytes: number }
  | { readonly kind: 'usage' }
  /** Only the subject of bench/index knows it. */
  | { readonly kind: 'index'; readonly commit: string }

export type ServerNews =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'answer-size' }
  | { readonly kind: 'usage'; readonly usage: Usage }
  | IndexNews

export interface IndexNews {
  readonly kind: 'index'
  /** From the moment in which the mirror had the commit until one of its objects was decidable. */
  readonly milliseconds: number
  readonly cpuMicros: number
}

export interface Usage {
  readonly cpuMicros: number
  readonly peakKib: number
}

export interface Stream {
  readonly body: BodyName
  readonly connections: number
  /** Reviews per second, on schedule; undefined: as fast as answers come. */
  readonly rate?: number
}

export interface LoadOrder {
  readonly kind: 'load'
  readonly port: number
  readonly keys: Keys
  readonly seconds: number
  readonly streams: readonly Stream[]
}

export interface StreamResult {
  readonly count: number
  readonly errors: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  /** Bytes of the smallest and the largest answer, without the head. */
  readonly answer: readonly [number, number]
}

export interface LoadNews {
  readonly kind: 'done'
  readonly seconds: number
  readonly streams: readonly StreamResult[]
}
