import { readFileSync, renameSync, unwatchFile, watchFile, writeFileSync } from 'node:fs'
import { isMap, isSeq, parseDocument, type Document, type YAMLMap } from 'yaml'

const lookEveryMs = 200

/** NAME -> URL at which an engine finds the repository. */
export type GitUrls = Readonly<Record<string, string>>

/** The policy with each URL among its repository's aliases; as it is where it is no such document. */
export function withAliases(text: string, git: GitUrls): string {
  const document = parseDocument(text)
  const repositories = document.errors.length === 0 && document.getIn(['spec', 'repositories'])
  if (!isSeq(repositories)) return text
  for (const item of repositories.items) if (isMap(item)) addAlias(document, item, git)
  return document.toString({ lineWidth: 0 })
}

function addAlias(document: Document, repository: YAMLMap, git: GitUrls): void {
  const url = git[String(repository.get('name'))]
  if (url === undefined) return
  const aliases = repository.get('aliases')
  if (isSeq(aliases)) aliases.add(url)
  else if (aliases === undefined) repository.set('aliases', document.createNode([url]))
}

/** Keeps a copy of the policy with the aliases: its author cannot know the port, and may edit it. */
export function followPolicy(given: string, copy: string, git: GitUrls): { close(): void } {
  const update = () => {
    try {
      const text = withAliases(readFileSync(given, 'utf8'), git)
      writeFileSync(`${copy}.tmp`, text, { mode: 0o600 })
      renameSync(`${copy}.tmp`, copy)
    } catch {
      // It is being replaced: the next look finds it.
    }
  }
  update()
  watchFile(given, { interval: lookEveryMs }, update)
  return {
    close() {
      unwatchFile(given, update)
    },
  }
}
