import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { text as readText } from 'node:stream/consumers'
import { parseJson } from '../core/admission/parse-json.ts'
import { GuardError } from '../core/errors.ts'
import type { Json } from '../core/manifest/json.ts'
import type { Env } from './env.ts'
import { UsageError } from './exit.ts'

/** One recorded AdmissionReview and where it stands. */
export interface RecordedReview {
  /** `reviews.jsonl:3`. */
  readonly place: string
  readonly body: Json
}

/** JSON, one document in a file, or JSON Lines; `-` is standard input. In the order given. */
export async function* readReviews(
  files: readonly string[],
  env: Env,
): AsyncGenerator<RecordedReview> {
  for (const file of files) {
    const isInput = file === '-'
    const name = isInput ? 'standard input' : file
    yield* split(isInput ? await readText(env.stdin) : await readFileText(file, env), name)
  }
}

async function readFileText(file: string, env: Env): Promise<string> {
  try {
    return await readFile(path.resolve(env.cwd, file), 'utf8')
  } catch (cause) {
    throw new UsageError(`${file} cannot be read`, { cause })
  }
}

function* split(text: string, name: string): Generator<RecordedReview> {
  const whole = tryParse(text)
  if (whole !== undefined) {
    yield { place: name, body: whole }
    return
  }
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const body = tryParse(line)
    const place = `${name}:${index + 1}`
    if (body === undefined) throw new GuardError('ReviewMalformed', `${place}: this is no JSON`)
    yield { place, body }
  }
}

function tryParse(text: string): Json | undefined {
  try {
    return parseJson(Buffer.from(text))
  } catch {
    return undefined
  }
}
