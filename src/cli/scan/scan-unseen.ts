import { objectKey, type ObjectId } from '../../core/manifest/object-id.ts'
import { judgeMissing } from '../../core/scan/judge-missing.ts'
import type { ServedKind } from '../../core/scan/live-object.ts'
import { isNamespace, nameOf, orUnknown, take, type Run, type ScannedKinds } from './run.ts'
import type { ScanOptions } from './scan.ts'
import { toLiveOf } from './secret-lists.ts'

/** What is declared and was in no list: looked at once more, since it may be new. */
export async function scanUnseen(scanned: ScannedKinds, run: Run): Promise<void> {
  const { scene, declared, counted, options } = run
  const byKind = new Map(scanned.kinds.map((kind) => [`${kind.group}/${kind.kind}`, kind]))
  const toLive = toLiveOf(options)
  for (const id of declared.unseen()) {
    const served = byKind.get(`${id.group}/${id.kind}`)
    if (isElsewhere(id, options) || !mayBeMissing(id, served, scanned)) continue
    run.onProgress(`looking for what is missing: ${objectName(id)}`)
    const unseen = { id, served, isForeign: scanned.foreign.has(id.group), toLive }
    const judged = await orUnknown(judgeMissing(unseen, scene), run)
    if (judged === undefined) continue
    if (judged.kind !== 'unknown') await take(judged, run)
    else {
      const { kind: _unknown, ...why } = judged
      counted.addUnknown({ what: objectName(id), objects: 1, ...why })
    }
  }
}

/** Of a kind whose scope nobody knew, objects without a namespace are declared in two ways. */
function mayBeMissing(
  id: ObjectId,
  served: ServedKind | undefined,
  { notListed }: ScannedKinds,
): boolean {
  if (served === undefined) return true
  return served.isNamespaced === (id.namespace !== '') && !notListed.has(nameOf(served))
}

function isElsewhere(id: ObjectId, { namespaces }: Pick<ScanOptions, 'namespaces'>): boolean {
  if (namespaces.length === 0) return false
  return !namespaces.includes(isNamespace(id) ? id.name : id.namespace)
}

function objectName({ group, kind, namespace, name }: ObjectId): string {
  const [, ...path] = objectKey({ group, kind, namespace, name }).split('\n')
  return path.filter((part) => part !== '').join('/')
}
