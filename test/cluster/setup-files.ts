import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Failure } from './failure.ts'
import type { GitUrls } from './policy-aliases.ts'

const placeholder = /\{\{\s*git\.([^\s}]+)\s*\}\}/g

/** The file or directory itself, or a copy of it in which each `{{git.NAME}}` is a URL. */
export function filledIn(source: string, git: GitUrls, copy: string): string {
  const files = manifestFiles(source).map((file) => ({ file, text: readFileSync(file, 'utf8') }))
  if (files.every(({ text }) => text.search(placeholder) < 0)) return source
  for (const { file, text } of files) {
    const target = path.join(copy, path.relative(path.dirname(source), file))
    mkdirSync(path.dirname(target), { recursive: true, mode: 0o700 })
    writeFileSync(target, fill(file, text, git), { mode: 0o600 })
  }
  return path.join(copy, path.basename(source))
}

/** What `kubectl apply --recursive` reads. */
function manifestFiles(source: string): string[] {
  if (statSync(source).isFile()) return [source]
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(?:json|ya?ml)$/.test(file))
    .map((file) => path.join(source, file))
    .filter((file) => statSync(file).isFile())
}

function fill(file: string, text: string, git: GitUrls): string {
  return text.replaceAll(placeholder, (found, name: string) => {
    if (Object.hasOwn(git, name)) return git[name] ?? ''
    const way = `serve it with --repo ${name}=DIR and an engine in --with`
    throw new Failure(2, `--setup ${file}: ${found} has no URL: ${way}`)
  })
}
