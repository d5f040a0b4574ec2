import { createHash } from 'node:crypto'
import { stringAt, type JsonObject } from '../manifest/json.ts'

/** Which namespace of a release: where its records are, or where its objects are. */
export type HelmPlace = 'storage' | 'target'

interface FoundRelease {
  readonly release: string
  readonly place: HelmPlace
  readonly namespace: string
}

/** The release that a Secret of Helm records; name, labels and type must agree. */
export function recordedRelease(object: JsonObject): FoundRelease | undefined {
  const read = (key: string) => stringAt(object, 'metadata', 'labels', key) ?? ''
  const release = read('name')
  const isRecord =
    stringAt(object, 'type') === 'helm.sh/release.v1' &&
    read('owner') === 'helm' &&
    release !== '' &&
    stringAt(object, 'metadata', 'name') === `sh.helm.release.v1.${release}.v${read('version')}`
  const namespace = stringAt(object, 'metadata', 'namespace') ?? ''
  return isRecord ? { release, place: 'storage', namespace } : undefined
}

/** The release that the annotations of Helm name; hooks have none. */
export function namedRelease(object: JsonObject): FoundRelease | undefined {
  const read = (key: string) =>
    stringAt(object, 'metadata', 'annotations', `meta.helm.sh/release-${key}`) ?? ''
  const [release, namespace] = [read('name'), read('namespace')]
  return release === '' || namespace === '' ? undefined : { release, place: 'target', namespace }
}

interface Release extends Readonly<Record<HelmPlace, string>> {
  readonly name: string
}

/** The release of a HelmRelease, as the operator of its group names and places it. */
export function releaseOf(group: string, object: JsonObject): Release | undefined {
  if (group === 'helm.toolkit.fluxcd.io') return ofHelmController(fieldsOf(object))
  return group === 'helm.fluxcd.io' ? ofHelmOperator(fieldsOf(object)) : undefined
}

/** Empty where nothing is said: both operators take an empty text for none. */
function fieldsOf(object: JsonObject) {
  const read = (...path: readonly string[]) => stringAt(object, ...path) ?? ''
  const own = read('metadata', 'namespace')
  return {
    name: read('metadata', 'name'),
    own,
    written: read('spec', 'releaseName'),
    target: read('spec', 'targetNamespace'),
    storage: read('spec', 'storageNamespace'),
  }
}

type Fields = ReturnType<typeof fieldsOf>

function ofHelmController({ name, own, written, target, storage }: Fields): Release {
  const full = written || [target, name].filter((part) => part !== '').join('-')
  return { name: shortened(full), storage: storage || own, target: target || own }
}

function ofHelmOperator({ name, own, written, target }: Fields): Release {
  const place = target || own
  const full = written || [...new Set([own, place]), name].join('-')
  return { name: full, storage: place, target: place }
}

/** Helm allows 53 characters; helm-controller ends longer ones with a part of their hash. */
function shortened(name: string): string {
  if (name.length <= 53) return name
  return `${name.slice(0, 40)}-${createHash('sha256').update(name).digest('hex').slice(0, 12)}`
}
