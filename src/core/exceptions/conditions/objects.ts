import { at, stringAt } from '../../manifest/json.ts'
import type { Condition, Write } from '../row.ts'
import { labelsOf, objectOf } from './metadata.ts'

/** A field of the stored object, or of a new one, has one of these values. */
export function hasValue(field: string, ...values: readonly string[]): Condition {
  return {
    says: `${field} is ${values.join(' or ')}`,
    holds({ request }) {
      const found = stringAt(objectOf(request), ...field.split('.'))
      return found !== undefined && values.includes(found)
    },
  }
}

export function isNamedLike(prefix: string): Condition {
  return {
    says: `its name starts with ${prefix}`,
    holds: ({ request }) => request.name.startsWith(prefix) && request.name !== prefix,
  }
}

export function hasLabel(key: string): Condition {
  return {
    says: `it has the label ${key}`,
    holds: ({ request }) => at(labelsOf(objectOf(request)), key) !== undefined,
  }
}

export function hasAnnotation(key: string): Condition {
  return {
    says: `it has the annotation ${key}`,
    holds: ({ request }) => at(objectOf(request), 'metadata', 'annotations', key) !== undefined,
  }
}

/** A Service of the same name is there, and it selects Pods. */
export const belongsToService: Condition = {
  says: 'a Service of its name with a selector exists',
  async holds(write) {
    const live = await serviceOf(write)
    return live.kind === 'found' && Object.keys(selectorOf(live.object)).length > 0
  },
}

export const hasNoService: Condition = {
  says: 'no Service has its name',
  holds: async (write) => (await serviceOf(write)).kind === 'absent',
}

function selectorOf(service: Parameters<typeof at>[0]): object {
  const selector = at(service, 'spec', 'selector')
  return typeof selector === 'object' && selector !== null ? selector : {}
}

function serviceOf({ request: { namespace, name }, read }: Write) {
  return read({ group: '', version: 'v1', kind: 'Service', namespace, name })
}
