import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: string
}

const rule = '-'.repeat(80)

/** Names, versions and licences of the packages that the files belong to, as one text. */
export async function licencesOf(files: readonly string[], root: string): Promise<string> {
  const directories = [...new Set(files.flatMap((file) => packageOf(file) ?? []))]
  const sections = await Promise.all(
    directories.map((directory) => section(path.join(root, directory))),
  )
  const text = [...new Set(sections)].toSorted().join(`\n${rule}\n\n`)
  return `solewriter is under the Apache License 2.0. Its bundle contains these packages.\n\n${rule}\n\n${text}`
}

/** The innermost `node_modules/NAME` of a path. */
function packageOf(file: string): string | undefined {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]
}

async function section(directory: string): Promise<string> {
  const { name, version, license } = JSON.parse(
    await readFile(path.join(directory, 'package.json'), 'utf8'),
  ) as Manifest
  if (license === undefined) throw new Error(`${name} does not say under which licence it is`)
  const texts = await licenceTexts(directory)
  return [`${name} ${version} (${license})`, ...texts].join('\n\n').trimEnd().concat('\n')
}

async function licenceTexts(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory)
  const wanted = names.filter((name) => /^(licen[cs]e|copying|notice)/i.test(name)).toSorted()
  const files = wanted.map((name) => path.join(directory, name))
  return Promise.all(files.map(async (file) => (await readFile(file, 'utf8')).trim()))
}
