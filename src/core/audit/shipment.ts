/** Lines of one chain that are sent at once, as they stand in its files. */
export interface Shipment {
  /** Name of the record file, without the ending of a compressed one. */
  readonly file: string
  /** Where they begin in that file, in bytes; of a compressed one, of what it holds. */
  readonly offset: number
  /** Whole lines, each with its newline. */
  readonly bytes: Buffer
  /** `<writer>/<first seq>-<last seq>`. The same key always stands for the same bytes. */
  readonly key: string
}

/** `why` is for people, and shows neither tokens nor secret addresses. */
export type Shipped =
  | { readonly kind: 'delivered' }
  /** `notBefore`: epoch ms, as the other side asks. */
  | { readonly kind: 'later'; readonly why: string; readonly notBefore?: number }
  /** Less at a time may be taken. */
  | { readonly kind: 'too-large'; readonly why: string }
  /** The other side has less of this file than it had: it goes on from there, in bytes. */
  | { readonly kind: 'behind'; readonly offset: number }

/** Where records are copied to. */
export interface RecordTarget {
  /** For people and metrics; without anything secret. */
  readonly name: string
  /** Resolves with `delivered` once the other side has it for good. Never rejects. */
  deliver(shipment: Shipment, signal: AbortSignal): Promise<Shipped>
}
