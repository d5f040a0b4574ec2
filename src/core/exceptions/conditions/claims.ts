import { canonicalJson } from '../../manifest/canonical.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../../manifest/json.ts'
import type { Condition, Write } from '../row.ts'
import {
  controllerOf,
  listAt,
  objectOf,
  ownerChange,
  ownersOf,
  referenceTo,
  sameObject,
  type OwnerReference,
} from './metadata.ts'

/**
 * The claim is what a live StatefulSet of its namespace makes: it has the name
 * `<template>-<set>-<ordinal>` and the spec of that template. It has no owner, so names decide.
 */
export const isClaimOfStatefulSet: Condition = {
  says: 'its name and spec are those of a claim template of a live StatefulSet',
  async holds(write) {
    const claim = objectOf(write.request)
    const made = await madeFrom(write)
    return (
      made !== undefined &&
      isMadeFrom(claim, made.template) &&
      (ownersOf(claim) ?? [undefined]).length === 0
    )
  },
}

/**
 * Only owner references change, and only those to the StatefulSet that the claim is made for or to its
 * Pod of that ordinal: added if its retention policy says Delete and the uid is that of the live one.
 */
export const followsRetention: Condition = {
  says: "only owner references to its StatefulSet or Pod change, as the set's retention policy says",
  async holds(write) {
    const made = await madeFrom(write)
    const change = ownerChange(write.request)
    if (made === undefined || change === undefined) return false
    const { added, removed } = change
    if (![...removed, ...added].every((owner) => policyOf(owner, made) !== undefined)) return false
    const checks = added.map(async (owner) => {
      const policy = at(made.live, 'spec', 'persistentVolumeClaimRetentionPolicy')
      if (stringAt(policy, policyOf(owner, made) ?? '') !== 'Delete') return false
      const live = await write.read(referenceTo(owner, write.request.namespace))
      return sameObject(live, owner.uid) !== undefined
    })
    return (await Promise.all(checks)).every(Boolean)
  },
}

/** What of the retention policy ties a claim to this owner. */
function policyOf({ kind, name }: OwnerReference, made: Made): string | undefined {
  if (kind === 'StatefulSet' && name === made.set) return 'whenDeleted'
  return kind === 'Pod' && name === made.pod ? 'whenScaled' : undefined
}

/** The claim is the one that a live Pod asks for with a volume of the kind `ephemeral`. */
export const isClaimOfPod: Condition = {
  says: 'a live Pod controls it and asks for it by an ephemeral volume',
  async holds(write) {
    const claim = objectOf(write.request)
    const owner = controllerOf(claim)
    if (owner?.kind !== 'Pod' || owner.group !== '') return false
    const pod = sameObject(await write.read(referenceTo(owner, write.request.namespace)), owner.uid)
    const volume = listAt(pod, 'spec', 'volumes').find(
      (one) => `${owner.name}-${stringAt(one, 'name') ?? ''}` === write.request.name,
    )
    return isMadeFrom(claim, at(volume, 'ephemeral', 'volumeClaimTemplate'))
  },
}

interface Made {
  readonly live: JsonObject
  readonly set: string
  readonly pod: string
  readonly template: Json
}

/** The StatefulSet is not named anywhere: each way to cut the claim's name into two is tried. */
async function madeFrom({ request, read }: Write): Promise<Made | undefined> {
  const [, stem = '', ordinal = ''] = /^(.+)-(\d+)$/.exec(request.name) ?? []
  for (let cut = stem.indexOf('-'); cut > 0; cut = stem.indexOf('-', cut + 1)) {
    const set = stem.slice(cut + 1)
    const reference = { group: 'apps', version: 'v1', kind: 'StatefulSet', name: set }
    const live = await read({ ...reference, namespace: request.namespace })
    if (live.kind !== 'found') continue
    const template = listAt(live.object, 'spec', 'volumeClaimTemplates').find(
      (one) => stringAt(one, 'metadata', 'name') === stem.slice(0, cut),
    )
    if (template !== undefined)
      return { live: live.object, set, pod: `${set}-${ordinal}`, template }
  }
  return undefined
}

/** What the API server adds to a claim when its template leaves it open. */
const filledIn: ReadonlySet<string> = new Set(['storageClassName', 'volumeMode', 'volumeName'])
const sources: Readonly<Record<string, string>> = {
  dataSource: 'dataSourceRef',
  dataSourceRef: 'dataSource',
}

function isMadeFrom(claim: JsonObject, template: Json | undefined): boolean {
  const spec = at(claim, 'spec')
  const wanted = at(template, 'spec')
  if (!isJsonObject(spec) || !isJsonObject(wanted)) return false
  const isWhole = Object.keys(wanted).every((key) => Object.hasOwn(spec, key))
  return isWhole && Object.keys(spec).every((key) => isAsWanted(spec, wanted, key))
}

function isAsWanted(spec: JsonObject, wanted: JsonObject, key: string): boolean {
  if (Object.hasOwn(wanted, key)) return same(at(spec, key), at(wanted, key))
  if (filledIn.has(key)) return key !== 'volumeName'
  const other = at(wanted, sources[key] ?? '')
  return ['kind', 'name'].every((part) => {
    const value = stringAt(spec, key, part)
    return value !== undefined && value === stringAt(other, part)
  })
}

function same(left: Json | undefined, right: Json | undefined): boolean {
  return canonicalJson(left ?? null) === canonicalJson(right ?? null)
}
