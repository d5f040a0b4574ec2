import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isJsonObject, stringAt, type Json } from '../../src/core/manifest/json.ts'
import { parseStrictJson } from '../../src/core/manifest/strict-json.ts'

const header = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`

/** A manifest that holds the text under test; `name` tells it from the others of one run. */
export function manifestWith(name: string, body: string): string {
  return `${header(name)}${body}`
}

/**
 * What kubectl makes of each file, by file: the objects that it reads, in order. Offline: `label
 * --local` reads, sets one label and prints; the label is taken off again.
 */
export async function readWithKubectl(
  kubectl: string,
  files: readonly (string | Uint8Array)[],
): Promise<readonly (readonly Json[])[]> {
  const directory = await mkdtemp(join(tmpdir(), 'solewriter-kubectl-'))
  try {
    for (const [position, file] of files.entries()) {
      await writeFile(join(directory, `${position}.yaml`), file)
    }
    const printed = await runKubectl(kubectl, directory)
    const byName = new Map<string, Json[]>()
    for (const text of printed.split(/(?<=^\})\n/m).filter((part) => part.trim() !== '')) {
      const object = withoutLabel(text)
      const name = stringAt(object, 'metadata', 'name')?.split('.')[0] ?? ''
      byName.set(name, [...(byName.get(name) ?? []), object])
    }
    return files.map((_, position) => byName.get(`n${position}`) ?? [])
  } finally {
    await rm(directory, { recursive: true })
  }
}

/** kubectl exits 1 when any file is refused, and still prints the others. */
function runKubectl(kubectl: string, directory: string): Promise<string> {
  const args = ['label', '--local', '-o', 'json', '-f', directory, 'oracle=here']
  const options = { maxBuffer: 2 ** 28, env: { HOME: directory } }
  return new Promise((resolve) => {
    execFile(kubectl, args, options, (_error, stdout) => resolve(stdout))
  })
}

function withoutLabel(text: string): Json {
  const read = parseStrictJson(text)
  // Numbers that we refuse are rounded here: if we accept their spelling, they will differ.
  const object = read.kind === 'value' ? read.value : (JSON.parse(text) as Json)
  assert.ok(isJsonObject(object))
  const metadata = object['metadata'] as Record<string, Json>
  const labels = metadata['labels'] as Record<string, Json>
  delete labels['oracle']
  if (Object.keys(labels).length === 0) delete metadata['labels']
  return object
}
