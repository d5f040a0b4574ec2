import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import type { Env } from '../env.ts'
import { UsageError } from '../exit.ts'
import { standardInput } from '../records.ts'

export function declareTokenFile(command: Command): Command {
  return command.option('-f, --file <file>', 'the token; - is standard input', standardInput)
}

/** As `mint` prints it. Nothing of it stands in an error. */
export async function readTokenText(file: string, env: Env): Promise<string> {
  const found = (await readAll(file, env)).trim()
  if (found === '') throw new UsageError(`${nameOf(file)} holds no token`)
  return found
}

async function readAll(file: string, env: Env): Promise<string> {
  if (file !== standardInput) {
    return readFile(path.resolve(env.cwd, file), 'utf8').catch((cause: unknown) => {
      throw new UsageError(`${file} cannot be read`, { cause })
    })
  }
  if (env.stdin.isTTY === true) env.stderr.write('paste the token, then Enter and Ctrl-D:\n')
  return text(env.stdin)
}

function nameOf(file: string): string {
  return file === standardInput ? 'standard input' : file
}
