import type { Reason } from '../src/core/decision/reasons.ts'

export type Person = 'alice' | 'ci'

/** A write that somebody tries, and the answer that the demo stands for. */
export interface Attempt {
  /** Names its recording. */
  readonly id: string
  readonly who: Person
  readonly command: string
  readonly answer: 'refused' | 'admitted'
  readonly reason: Reason
}

/** A question about the cluster, asked again until the answer is as promised. */
export interface Look {
  /** What there is to see. */
  readonly intro?: string
  readonly who: Person
  readonly command: string
  readonly expected: string
  readonly isAsExpected: (output: string) => boolean
}

/** Something typed once, which has to go as promised. */
export interface Step {
  readonly who: Person | 'you'
  readonly command: string
  readonly expected: string
  readonly isAsExpected: (output: string, code: number) => boolean
}

/** What happens on it is the same story, on a real cluster or from recordings. */
export interface Stage {
  /** Whether there is a cluster behind it. */
  readonly isLive: boolean
  /** Says what it is and brings it up; the repository has its first commit by now. */
  open(): Promise<void>
  /** Shows the command and the answer; throws Surprise for any other answer. */
  attempt(attempt: Attempt): Promise<void>
  /** Shown only where there is a cluster to look at. */
  look(look: Look): Promise<void>
  /** What it prints; only where there is a cluster. */
  type(step: Step): Promise<string>
  /** Chapter "What is kept": the record of an attempt, and what can be done with it. */
  showRecord(attempt: Attempt): Promise<void>
  /** The same attempt, decided once more without a cluster. */
  decideAgain(attempt: Attempt): Promise<void>
  close(): Promise<void>
}
