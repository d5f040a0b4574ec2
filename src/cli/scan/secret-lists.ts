import { at, isJsonObject, type JsonObject } from '../../core/manifest/json.ts'
import type { LiveObject, ServedKind } from '../../core/scan/live-object.ts'
import type { PagedList } from '../../kubernetes/list-pages.ts'

interface ObjectList extends Pick<
  PagedList,
  'served' | 'namespace' | 'isMetadataOnly' | 'fieldSelector'
> {
  readonly toLive: (object: JsonObject) => LiveObject
}

interface Wanted {
  readonly namespaces: readonly string[]
  readonly readsSecrets: boolean
}

/** Types that say whose a Secret is. They are no metadata, and can be selected by. */
const types: readonly string[] = [
  'helm.sh/release.v1',
  'kubernetes.io/service-account-token',
  'bootstrap.kubernetes.io/token',
]

/** The lists that together are all objects of a kind. */
export function listsOf(served: ServedKind, wanted: Wanted): readonly ObjectList[] {
  const { namespaces, readsSecrets } = wanted
  const places = served.isNamespaced && namespaces.length > 0 ? namespaces : ['']
  const lists = isSecret(served) && !readsSecrets ? metadataLists(served) : [wholeList(served)]
  return places.flatMap((namespace) => lists.map((list) => ({ ...list, namespace })))
}

/** An object that was read by itself, as its list would have shown it. */
export function toLiveOf({ readsSecrets }: Pick<Wanted, 'readsSecrets'>) {
  return (served: ServedKind, read: JsonObject): LiveObject => {
    if (readsSecrets || !isSecret(served)) return { served, object: read, isMetadataOnly: false }
    const { data: _data, stringData: _text, ...object } = read
    return { served, object: withoutValues(object), isMetadataOnly: true }
  }
}

function isSecret({ group, kind }: ServedKind): boolean {
  return group === '' && kind === 'Secret'
}

function wholeList(served: ServedKind): ObjectList {
  const toLive = (object: JsonObject) => ({ served, object, isMetadataOnly: false })
  return { served, namespace: '', isMetadataOnly: false, toLive }
}

function metadataLists(served: ServedKind): readonly ObjectList[] {
  const others = types.map((type) => `type!=${type}`).join(',')
  return [...types, undefined].map((type) => ({
    served,
    namespace: '',
    isMetadataOnly: true,
    fieldSelector: type === undefined ? others : `type=${type}`,
    toLive: (object) => ({
      served,
      object: withoutValues(type === undefined ? object : { ...object, type }),
      isMetadataOnly: true,
    }),
  }))
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/** kubectl keeps a copy of what was applied, values included. */
function withoutValues(object: JsonObject): JsonObject {
  const metadata = at(object, 'metadata')
  const annotations = at(object, 'metadata', 'annotations')
  if (!isJsonObject(metadata) || !isJsonObject(annotations)) return object
  const { [lastApplied]: _copy, ...kept } = annotations
  const { annotations: _all, ...bare } = metadata
  const isEmpty = Object.keys(kept).length === 0
  return { ...object, metadata: isEmpty ? bare : { ...bare, annotations: kept } }
}
