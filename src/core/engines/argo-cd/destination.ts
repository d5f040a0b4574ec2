import { stringAt, type Json } from '../../manifest/json.ts'
import { shown } from './names.ts'

/** The cluster that Argo CD itself runs in, by address and by name. */
const ownServer = 'https://kubernetes.default.svc'
const ownName = 'in-cluster'

type Destination =
  | { readonly kind: 'here'; readonly namespace: string }
  | { readonly kind: 'none' | 'refused'; readonly why: string }

/** Whether an Application writes to this cluster, which an install may also know under other names. */
export function findDestination(destination: Json): Destination {
  const server = (stringAt(destination, 'server') ?? '').replace(/\/+$/, '')
  const name = stringAt(destination, 'name') ?? ''
  if (server !== '' && name !== '') {
    return { kind: 'refused', why: 'its destination has both a server and a name' }
  }
  if (server === ownServer || name === ownName) {
    return { kind: 'here', namespace: stringAt(destination, 'namespace') ?? '' }
  }
  const where = server === '' && name === '' ? 'nowhere' : `to ${shown(server + name)}`
  const why = `it writes ${where}: this cluster is server ${ownServer}, or name ${ownName}`
  return { kind: 'none', why }
}
