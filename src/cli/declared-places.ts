import type { ObjectId } from '../core/manifest/object-id.ts'
import { isReferred } from '../core/manifest/object-reference.ts'
import type { ExplainQuery } from '../core/policy/explain.ts'
import type { Policy } from '../core/policy/schema.ts'
import type { Env } from './env.ts'
import { directoriesOf, openLibrary } from './library.ts'
import { openRenderers, type RendererOptions } from './renderers.ts'

/** Where Git declares an object: at the head of a branch that counts. */
interface DeclaredPlace {
  readonly repository: string
  readonly branch: string
  readonly name: string
  readonly file: string
  readonly line: number
}

export interface DeclaredPlaces {
  readonly places: readonly DeclaredPlace[]
  /** False when something could not be read: it may declare more. */
  readonly isWhole: boolean
}

export interface PlacesOptions extends RendererOptions {
  readonly repo?: readonly string[]
}

/** What the heads of the given directories say about the object of a question. */
export async function declaredPlaces(
  policy: Policy,
  query: ExplainQuery,
  { options, env }: { readonly options: PlacesOptions; readonly env: Env },
): Promise<DeclaredPlaces> {
  const directories = directoriesOf(policy, options.repo ?? [], env)
  await using library = await openLibrary(
    policy,
    { directories, tools: openRenderers(options, env) },
    env,
  )
  const heads = [...library.repositories.values()].flatMap((repository) =>
    repository.tips().map((tip) => ({ repository: repository.name, ...tip })),
  )
  const read = await Promise.all(
    heads.map(async ({ repository, branch, commit }) => {
      const sources = await library.declarations.list(repository, commit)
      const counted = sources.filter(({ source }) => source.branch === branch)
      return { repository, branch, sources: counted }
    }),
  )
  return {
    places: read.flatMap(({ repository, branch, sources }) =>
      sources
        .flatMap(({ entries }) => entries)
        .filter(({ id }) => isMeant(query, id))
        .map(({ id: { name }, file, line }) => ({ repository, branch, name, file, line })),
    ),
    isWhole: read.every(({ sources }) =>
      sources.every(({ problems, failure }) => problems.length === 0 && failure === undefined),
    ),
  }
}

/** Of a subresource its object; without a name any. */
function isMeant({ resource, namespace, name }: ExplainQuery, id: ObjectId): boolean {
  const [type = '', group = ''] = splitResource(resource)
  return isReferred({ type, group, namespace, name: name === '' ? id.name : name }, id)
}

function splitResource(resource: string): readonly string[] {
  const [main = ''] = resource.split('/')
  const dot = main.indexOf('.')
  return dot < 0 ? [main, ''] : [main.slice(0, dot), main.slice(dot + 1)]
}
