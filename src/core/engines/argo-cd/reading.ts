import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../../manifest/json.ts'
import type { EngineReference } from '../../plans/plan.ts'
import type { PlansAnswer } from '../engine.ts'
import { created } from './created-namespace.ts'
import { findDestination } from './destination.ts'
import { group } from './names.ts'
import { readSources, type Sources } from './sources.ts'
import { planOf, referencesOf, type Context, type Followed } from './source-plan.ts'
import { instanceName } from './tracking.ts'

/** What an Application applies: every source that holds manifests, and what the sources are compared with. */
export interface Applying {
  readonly kind: 'applying'
  readonly sources: Sources
  readonly followed: readonly Followed[]
}

export type ApplicationReading = Applying | Exclude<PlansAnswer, { kind: 'plans' }>

/** What the spec says, whether or not the Application is being deleted. */
export function readApplication(application: JsonObject, install: string): ApplicationReading {
  const spec = at(application, 'spec')
  const engine = referenceTo(application)
  if (!isJsonObject(spec) || engine === undefined) return refused('it has no spec, or no name')
  const destination = findDestination(spec['destination'] ?? null)
  if (destination.kind !== 'here') return destination
  const sources = readSources(spec)
  if (typeof sources === 'string') return refused(sources)
  const { namespace } = destination
  const context: Context = {
    engine,
    namespace,
    project: stringAt(spec, 'project') ?? '',
    instance: instanceName(engine, install),
    references: {},
    isOneOfMany: sources.isMultiple,
    creates: created(spec['syncPolicy'] ?? null, namespace),
  }
  return followAll(sources, context)
}

function followAll(sources: Sources, context: Context): ApplicationReading {
  const followed: Followed[] = []
  for (const [position, source] of sources.list.entries()) {
    const references = referencesOf(source, sources.list)
    if (typeof references === 'string') return refused(references)
    const one = planOf(source, position, { ...context, references })
    if (typeof one === 'string') return refused(one)
    if (one !== undefined) followed.push(one)
  }
  return { kind: 'applying', sources, followed }
}

function referenceTo(application: Json): EngineReference | undefined {
  const namespace = stringAt(application, 'metadata', 'namespace') ?? ''
  const name = stringAt(application, 'metadata', 'name') ?? ''
  if (namespace === '' || name === '') return undefined
  return { group, kind: 'Application', namespace, name }
}

function refused(why: string): ApplicationReading {
  return { kind: 'refused', why }
}
