import type { ManifestProblem } from '../core/manifest/manifest-text.ts'

/** What a file of a build says before anything is run. */
export interface InputReading {
  readonly references: readonly Reference[]
  /** Objects that it makes or holds, as far as their text shows. */
  readonly declares: readonly DeclaredLine[]
  /** Any of them, and nothing is run. */
  readonly problems: readonly ManifestProblem[]
  /** What a template asks for that stands in no file. */
  readonly asks?: readonly Ask[]
}

export interface Ask {
  /** The release, the version of the cluster, whether it serves an API, or more than can be told. */
  readonly of: 'release' | 'version' | 'api' | 'cluster'
  readonly line: number
  /** As templates name it; of an API its name. */
  readonly what: string
}

/** Another file or folder that the build opens. */
export interface Reference {
  readonly use: 'resource' | 'folder' | 'file' | 'transformer'
  /** As it is written: relative to the folder of the file. */
  readonly path: string
  readonly line: number
  /** Flux decrypts it before the build, which makes more of it than the value of a field. */
  readonly isDecrypted?: true
}

export interface DeclaredLine {
  readonly kind: string
  readonly name: string
  readonly line: number
}

export const nothingRead: InputReading = { references: [], declares: [], problems: [] }
