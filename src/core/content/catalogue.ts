import newest from './catalogue/1.36.json' with { type: 'json' }
import type { Position } from './position.ts'
import type { StoredCatalogue } from './stored-catalogue.ts'
import { positionsOf } from './stored-positions.ts'

/** What the built-in kinds of one minor version look like, and what the API server adds to them. */
export interface Catalogue {
  /** Minor version, such as `1.36`. */
  readonly version: string
  /** Undefined for a kind that this version does not have. */
  builtInKind(gvk: GroupVersionKind): Position | undefined
  /** By its name in OpenAPI. */
  type(name: string): Position
}

interface GroupVersionKind {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly kind: string
}

/** The newest first: to add a minor version, run `npm run catalogue` there and name its file here. */
const stored: readonly StoredCatalogue[] = [newest]

const catalogues = new Map<string, Catalogue>()

/**
 * The catalogue for a minor version such as `1.36`; for one that nobody has measured the newest,
 * which is not exact then.
 */
export function catalogueFor(minor: string): { catalogue: Catalogue; isExact: boolean } {
  const exact = stored.find(({ version }) => version === minor)
  return { catalogue: open(exact ?? newest), isExact: exact !== undefined }
}

/** Of the newest minor version that was measured. */
export const catalogueVersion = newest.version

/** In the newest catalogue. */
export function builtInKind(gvk: GroupVersionKind): Position | undefined {
  return open(newest).builtInKind(gvk)
}

/** The metadata of every object, whoever describes the rest of it. */
export function objectMeta(): Position {
  return open(newest).type('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta')
}

function open(data: StoredCatalogue): Catalogue {
  const known = catalogues.get(data.version)
  if (known !== undefined) return known
  const opened = openCatalogue(data)
  catalogues.set(data.version, opened)
  return opened
}

function openCatalogue(data: StoredCatalogue): Catalogue {
  const positions = positionsOf(data)
  const kinds = new Map<string, Position>()
  return {
    version: data.version,
    type: positions.ofType,
    builtInKind({ group, version, kind }) {
      const name = `${group === '' ? version : `${group}/${version}`}/${kind}`
      const type = Object.hasOwn(data.kinds, name) ? data.kinds[name] : undefined
      if (type === undefined) return undefined
      const known = kinds.get(name) ?? kindPosition(data, positions, { name, type })
      kinds.set(name, known)
      return known
    },
  }
}

function kindPosition(
  { exceptions }: StoredCatalogue,
  positions: ReturnType<typeof positionsOf>,
  { name, type }: { readonly name: string; readonly type: string },
): Position {
  const own = exceptions[name]
  return own === undefined ? positions.ofType(type) : positions.ofKind(type, own)
}
