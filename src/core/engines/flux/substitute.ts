import { stringAt } from '../../manifest/json.ts'
import { parseManifests } from '../../manifest/parse.ts'
import { expand, type Variables } from './expand.ts'
import { parseTemplate } from './template.ts'

export type Substitution =
  | { readonly kind: 'text'; readonly text: string }
  /** Flux fails here, or does what is not repeated here. Never holds the value of a variable. */
  | { readonly kind: 'problem'; readonly message: string }

const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/
const optOut = 'kustomize.toolkit.fluxcd.io/substitute'

/**
 * What the `postBuild` of a Kustomization makes of one rendered object: Flux replaces variables in its
 * YAML, so that a value may change the type of a field. A variable that nobody sets is empty, as
 * without `--feature-gates=StrictPostBuildSubstitutions=true`; with it Flux applies nothing instead.
 */
export function substitute(text: string, variables: Variables): Substitution {
  const misnamed = Object.keys(variables).find((name) => !variableName.test(name))
  if (misnamed !== undefined) {
    return problem(`${misnamed.slice(0, 60)} is no name of a variable: letters, digits and _ only`)
  }
  const { documents, problems } = parseManifests(text)
  const [document, second] = documents
  if (problems[0] !== undefined) return problem(problems[0].message)
  if (second !== undefined) return problem('variables are replaced in one object at a time')
  if (document === undefined || isLeftAlone(document.object)) return { kind: 'text', text }
  const template = parseTemplate(text)
  if (typeof template === 'string') return problem(template)
  const expanded = expand(template, variables)
  return expanded.kind === 'text' ? expanded : problem(expanded.message)
}

function isLeftAlone(object: Parameters<typeof stringAt>[0]): boolean {
  const said = ['labels', 'annotations'].map((where) => stringAt(object, 'metadata', where, optOut))
  return said.includes('disabled')
}

function problem(why: string): Substitution {
  return { kind: 'problem', message: `postBuild: ${why}` }
}
