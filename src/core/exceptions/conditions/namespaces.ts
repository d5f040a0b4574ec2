import type { Condition } from '../row.ts'
import { isTerminating } from './metadata.ts'

/** The object's namespace exists and is being deleted. */
export const inTerminatingNamespace: Condition = {
  says: 'its namespace is being deleted',
  async holds({ request, read }) {
    const { namespace: name, resource } = request
    if (name === '' || resource.resource === 'namespaces') return false
    const live = await read({ group: '', version: 'v1', kind: 'Namespace', namespace: '', name })
    return live.kind === 'found' && isTerminating(live.object)
  },
}

/** The object itself, such as a Namespace, is being deleted. */
export const isBeingDeleted: Condition = {
  says: 'it is being deleted itself',
  holds: ({ request }) => isTerminating(request.oldObject ?? {}),
}
