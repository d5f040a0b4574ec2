import type { SourceProblem } from '../core/provenance/declarations.ts'
import type { TreeFile } from '../core/provenance/repository.ts'
import type { CachedInput } from './readings.ts'
import type { Editing } from './kustomize-editing.ts'
import type { Inputs, LocalChart, WrittenFile } from './rendered.ts'
import type { SourceLimits } from './renderer.ts'
import type { Place } from './source-index.ts'

export interface BuildLimits extends SourceLimits {
  /** Bytes of all files of a build. */
  readonly inputBytes: number
}

/** The files of a build as they are found, and what is wrong with them. */
export class BuildFiles {
  readonly #limits: BuildLimits
  readonly #files = new Map<string, TreeFile>()
  readonly #problems: SourceProblem[] = []
  #bytes = 0
  #expires = Infinity
  #reachesOut = false
  readonly #written: WrittenFile[] = []
  readonly #localCharts: LocalChart[] = []
  readonly #options: string[] = []
  #editing: Editing | undefined

  constructor(limits: BuildLimits) {
    this.#limits = limits
  }

  /** False if it is known already. */
  add(file: TreeFile): boolean {
    if (this.#files.has(file.path)) return false
    this.#files.set(file.path, file)
    this.#bytes += file.size
    const { fileBytes, inputBytes, mostFiles } = this.#limits
    const place = { file: file.path, line: 1 }
    if (file.size > fileBytes) this.report(place, `the file is larger than ${fileBytes} bytes`)
    if (this.#files.size === mostFiles + 1) {
      this.report(place, `the build reads more than ${mostFiles} files`)
    }
    if (this.#bytes > inputBytes && this.#bytes - file.size <= inputBytes) {
      this.report(place, `the build reads more than ${inputBytes} bytes`)
    }
    return true
  }

  /** What was found in a file. */
  note(
    file: Pick<TreeFile, 'path'>,
    { problems, expires }: Pick<CachedInput, 'problems' | 'expires'>,
  ): void {
    this.expireBy(expires)
    for (const { line, message } of problems) this.report({ file: file.path, line }, message)
  }

  report({ file, line }: Place, message: string): void {
    this.#problems.push({ file, line, message })
  }

  /** A kustomization names a file outside of its folder, as some engines let it. */
  reachOut(): void {
    this.#reachesOut = true
  }

  /** The build reads this, whatever the commit has there. */
  write(file: WrittenFile): void {
    this.#written.push(file)
  }

  /** Becomes a part of the chart before that is rendered. */
  pack(chart: LocalChart): void {
    if (this.#localCharts.every(({ folder }) => folder !== chart.folder))
      this.#localCharts.push(chart)
  }

  /** Of the command line of the tool. */
  addOption(option: string): void {
    this.#options.push(option)
  }

  /** Epoch ms after which the files may mean something else. */
  expireBy(time: number): void {
    this.#expires = Math.min(this.#expires, time)
  }

  edit(editing: Editing): void {
    this.#editing = editing
  }

  /** Whether a file may be opened at all. */
  isReadable(file: TreeFile): boolean {
    return file.size <= this.#limits.fileBytes && this.#files.size <= this.#limits.mostFiles
  }

  inputs(): Inputs {
    const byPath = (a: { path: string }, b: { path: string }): number => (a.path < b.path ? -1 : 1)
    return {
      files: [...this.#files.values()].toSorted(byPath),
      problems: this.#problems,
      expires: this.#expires,
      reachesOut: this.#reachesOut,
      written: this.#written,
      localCharts: this.#localCharts,
      options: this.#options,
      ...(this.#editing === undefined ? {} : { editing: this.#editing }),
    }
  }
}
