import type { Command } from 'commander'
import { outputFormats } from './output.ts'

const more = new WeakMap<Command, readonly string[]>()

/** Beside what every command prints. */
export function alsoPrints(command: Command, ...formats: readonly string[]): void {
  more.set(command, formats)
}

/** What `-o` says is read before it is known for which command. */
export function checkFormat(command: Command, format: string): void {
  const formats: readonly string[] = [...outputFormats, ...(more.get(command) ?? [])]
  if (formats.includes(format)) return
  const allowed = formats.join(', ')
  command.error(
    `error: option '-o, --output <format>' argument '${format}' is invalid. Allowed choices are ${allowed}.`,
  )
}
