import type { StoredCatalogue } from '../../src/core/content/stored-catalogue.ts'

/** One line for each kind and type, so that a difference between versions can be read. */
export function catalogueText({ version, server, ...sections }: StoredCatalogue): string {
  const named = Object.entries(sections).map(([name, section]) => {
    const lines = Object.entries(section).map(
      ([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`,
    )
    return `"${name}":{\n${lines.join(',\n')}\n}`
  })
  const head = `"version":${JSON.stringify(version)},\n"server":${JSON.stringify(server)}`
  return `{\n${[head, ...named].join(',\n')}\n}\n`
}
