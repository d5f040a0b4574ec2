import type { JsonObject } from '../../manifest/json.ts'
import type { ObjectId } from '../../manifest/object-id.ts'
import { listAt, textAt } from './object-fields.ts'

const rbac = 'rbac.authorization.k8s.io'

/**
 * Whether `status.inventory` has the object. Both controllers write it when they are done, so that
 * until then it has what is to be pruned.
 */
export function lists(object: JsonObject, id: ObjectId): boolean {
  const entries = listAt(object, 'status', 'inventory', 'entries') ?? []
  return entries.some((entry) => textAt(entry, 'id') === entryId(id))
}

/** As github.com/fluxcd/cli-utils 1.2.2 writes it. */
function entryId({ group, kind, namespace, name }: ObjectId): string {
  const written = group === rbac ? name.replaceAll(':', '__') : name
  return [namespace, written, group, kind].join('_')
}
