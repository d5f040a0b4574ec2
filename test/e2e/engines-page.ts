import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parse } from 'yaml'

// What docs/engines.md shows to whoever sets this up.

const root = path.join(import.meta.dirname, '..', '..')
export const page = readFileSync(path.join(root, 'docs', 'engines.md'), 'utf8')

/** What stands below a heading, up to the next one of any level. */
export function section(heading: string): string {
  const [, text] = page.split(new RegExp(`^#+ ${heading}\\n`, 'm'))
  assert.ok(text !== undefined, `no section ${heading}`)
  return text.split(/^#+ /m)[0] ?? ''
}

export function blocks(text: string, language: string): readonly string[] {
  const all = [...text.matchAll(/^```(\w*)\n([^]*?)^```$/gm)]
  return all.flatMap(([, name, block = '']) => (name === language ? [block] : []))
}

/** The one block of that language in a section that says this. */
export function block(heading: string, language: string, saying = ''): string {
  const found = blocks(section(heading), language).filter((text) => text.includes(saying))
  assert.equal(found.length, 1, `${language} blocks with '${saying}' in ${heading}`)
  return found[0] ?? ''
}

export function yamlBlock<T>(heading: string, saying: string): T {
  return parse(block(heading, 'yaml', saying)) as T
}

const keys = ['repositories', 'writers', 'roots', 'exceptions', 'tolerations'] as const
export type PolicyKey = (typeof keys)[number]
export type PolicyPart = Readonly<
  Partial<Record<PolicyKey, readonly Readonly<Record<string, unknown>>[]>>
>

/** The blocks that are parts of the `spec` of a policy. */
export function policyParts(text: string): readonly PolicyPart[] {
  return blocks(text, 'yaml')
    .map((one) => parse(one) as PolicyPart)
    .filter((part) => keys.some((key) => part[key] !== undefined))
}

const repository = {
  name: 'fleet',
  url: 'https://git.example.com/acme/fleet.git',
  branches: ['main'],
  sources: [{ path: '.' }],
}

export function policyOf(spec: object): object {
  return {
    apiVersion: 'solewriter.dev/v1alpha1',
    kind: 'Policy',
    metadata: { name: 'documented' },
    spec: { repositories: [repository], ...spec },
  }
}
