import type { FoundFault } from '../../core/lint/webhook/own-configuration.ts'

/** While one of these is there, writes may pass that nobody judges. */
const opening: ReadonlySet<string> = new Set([
  'absent',
  'failure-policy-ignore',
  'selector',
  'rules-narrow',
  'condition-foreign',
  'ca-bundle-missing',
  'changed',
])

/** Notices that our webhook configuration is whole again: what was written meanwhile is looked at then. */
export class Gaps {
  readonly #onEnd: () => void
  #open: ReadonlySet<string> = new Set()
  #uid: string | undefined

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd
  }

  /** `uid` of the live configuration: another one means that it was gone between two looks. */
  readonly look = (faults: readonly Pick<FoundFault, 'fault'>[], uid: string | undefined): void => {
    const open = new Set(faults.map(({ fault }) => fault).filter((fault) => opening.has(fault)))
    const isClosed = [...this.#open].some((fault) => !open.has(fault as FoundFault['fault']))
    const isAnother = this.#uid !== undefined && uid !== undefined && uid !== this.#uid
    this.#open = open
    this.#uid = uid ?? this.#uid
    if (isClosed || isAnother) this.#onEnd()
  }
}
