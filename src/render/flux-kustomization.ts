import { isJsonObject, type Json, type JsonObject } from '../core/manifest/json.ts'

type Members = Record<string, Json>
/** Adds one field of the engine object, or says why that cannot be done. */
type Edit = (kustomization: Members, value: Json) => string | undefined

/**
 * What kustomize-controller writes over a kustomization before it builds it. Text: why that is not
 * known here.
 */
export function editFound(found: JsonObject, edits: JsonObject): JsonObject | string {
  const kustomization = copy(found)
  const { resources = null } = found
  // So it keeps kustomize from refusing an empty one.
  if (isEmpty(resources)) kustomization['buildMetadata'] = ['originAnnotations']
  return applyEdits(kustomization, edits)
}

/** As `editFound`, for a folder without a kustomization; resources begin with `./`. */
export function editGenerated(
  resources: readonly string[],
  edits: JsonObject,
): JsonObject | string {
  const content = resources.length > 0 ? { resources } : { namespace: '_placeholder' }
  return applyEdits(copy({ ...type, ...content }), edits)
}

const type = { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization' }

const edit: Readonly<Record<string, Edit>> = {
  targetNamespace: setText('namespace'),
  namePrefix: setText('namePrefix'),
  nameSuffix: setText('nameSuffix'),
  patches: appendTo('patches', isPatch),
  // Those that are missing and may be are left out before.
  components: appendTo('components', (value) => typeof value === 'string'),
  ignoreMissingComponents: () => undefined,
  images: mergeImages,
  buildMetadata: (kustomization, value) => {
    if (!isTexts(value)) return 'is no list of texts'
    if (value.length > 0) kustomization['buildMetadata'] = value
    return undefined
  },
  // Added to the objects of the build, see flux-objects.ts.
  commonMetadata: () => undefined,
}

function applyEdits(kustomization: Members, edits: JsonObject): JsonObject | string {
  const unknown = Object.keys(edits).find((key) => !Object.hasOwn(edit, key))
  if (unknown !== undefined) return `${unknown.slice(0, 60)} of the Kustomization is not known here`
  for (const [key, apply] of Object.entries(edit)) {
    const { [key]: value = null } = edits
    const why = value === null ? undefined : apply(kustomization, value)
    if (why !== undefined) return `${key} of the Kustomization ${why}`
  }
  return kustomization
}

function setText(field: string): Edit {
  return (kustomization, value) => {
    if (typeof value !== 'string') return 'is no text'
    if (value !== '') kustomization[field] = value
    return undefined
  }
}

function appendTo(field: string, isItem: (value: Json) => boolean): Edit {
  return (kustomization, value) => {
    const added = listOf(value)
    const present = listOf(kustomization[field])
    if (added?.every(isItem) !== true) return 'holds what is not known here'
    if (present === undefined) return `is added to ${field} of the file, which is no list`
    if (added.length > 0) kustomization[field] = [...present, ...added]
    return undefined
  }
}

const selectorKeys = 'group version kind name namespace labelSelector annotationSelector'.split(' ')

function isPatch(value: Json): boolean {
  if (!isJsonObject(value)) return false
  const { patch, target = null, ...rest } = value
  const isSelector = target === null || hasTexts(target, selectorKeys)
  return typeof patch === 'string' && isSelector && Object.keys(rest).length === 0
}

function mergeImages(kustomization: Members, value: Json): string | undefined {
  const present = listOf(kustomization['images'])
  if (present?.every(isJsonObject) !== true)
    return 'are added to images of the file, which is no list'
  const images = present.map(copy)
  for (const image of listOf(value) ?? [null]) {
    if (!hasTexts(image, ['name', 'newName', 'newTag', 'digest']))
      return 'hold what is not known here'
    const same = images.find(({ name }) => name === image['name'])
    if (same === undefined) images.push(withoutEmpty(image))
    else overrideImage(same, withoutEmpty(image))
  }
  if (images.length > 0) kustomization['images'] = images
  return undefined
}

/** Tag and digest are one choice: whoever sets one of them drops the other. */
function overrideImage(image: Members, { newName, newTag, digest }: JsonObject): void {
  if (newName !== undefined) image['newName'] = newName
  if (newTag === undefined && digest === undefined) return
  delete image['newTag']
  delete image['digest']
  if (newTag !== undefined) image['newTag'] = newTag
  if (digest !== undefined) image['digest'] = digest
}

function withoutEmpty(texts: JsonObject): Members {
  return copy(Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== '')))
}

function hasTexts(value: Json, keys: readonly string[]): value is Readonly<Record<string, string>> {
  if (!isJsonObject(value)) return false
  return Object.entries(value).every(([key, one]) => keys.includes(key) && typeof one === 'string')
}

function isTexts(value: Json): value is readonly string[] {
  return listOf(value)?.every((one) => typeof one === 'string') === true
}

/** Undefined if it is neither a list nor absent. */
function listOf(value: Json | undefined): readonly Json[] | undefined {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? (value as readonly Json[]) : undefined
}

function isEmpty(value: Json): boolean {
  return listOf(value)?.length === 0
}

function copy(object: JsonObject): Members {
  return Object.assign(Object.create(null) as Members, object)
}
