import type { Json } from '../../manifest/json.ts'
import type { Condition } from '../row.ts'
import { finalizersOf, isTerminating } from './metadata.ts'

/** Among finalizers, only these are added or removed. */
export function changesFinalizers(...own: readonly string[]): Condition {
  return {
    says: `no finalizer changes but ${own.join(' or ')}`,
    holds({ request }) {
      const others = (object: Json) => finalizersOf(object).filter((name) => !isOneOf(own, name))
      const [before, after] = [others(request.oldObject ?? {}), others(request.object ?? {})]
      return before.length === after.length && before.every((name, i) => name === after[i])
    },
  }
}

/** Finalizers are only removed, these alone, and from an object that is being deleted. */
export function removesFinalizers(...own: readonly string[]): Condition {
  const onlyOwn = changesFinalizers(...own)
  return {
    says: `the object is being deleted and loses no finalizer but ${own.join(' or ')}`,
    async holds(write) {
      const { oldObject, object } = write.request
      const before = finalizersOf(oldObject ?? {})
      return (
        isTerminating(oldObject ?? {}) &&
        finalizersOf(object ?? {}).every((name) => before.includes(name)) &&
        (await onlyOwn.holds(write))
      )
    },
  }
}

function isOneOf(names: readonly string[], name: Json): boolean {
  return typeof name === 'string' && names.includes(name)
}
