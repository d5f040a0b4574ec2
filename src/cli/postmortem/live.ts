import { nowOf, nowWords, valueNow, type Now } from '../../core/breakglass/diff-now.ts'
import { listAt } from '../../core/breakglass/narrative-uses.ts'
import { isJsonObject, stringAt, type Json, type JsonObject } from '../../core/manifest/json.ts'
import { isGood, type Api } from '../../kubernetes/api.ts'
import { isObjectName, pathOf } from '../../kubernetes/paths.ts'
import type { Session } from '../breakglass/cluster.ts'
import type { NowCell } from './use-text.ts'

/** What has become of what a use wrote. */
export interface NowView {
  readonly kind: Now
  /** In words; why, where it cannot be told. */
  readonly text: string
  /** What stands at the path of each row of the diff now; undefined where nobody could look. */
  readonly values: readonly NowCell[] | undefined
}

type Live =
  | { readonly kind: 'read'; readonly object: JsonObject | undefined }
  | { readonly kind: 'unknown'; readonly why: string }

/** Of each use; an object that several have written is read once. */
export async function nowOfUses(
  uses: readonly JsonObject[],
  { api, env }: Session,
): Promise<readonly NowView[]> {
  const reads = new Map<string, Promise<Live>>()
  const readOnce = (path: string) => {
    const known = reads.get(path) ?? read(path, api, env.signal)
    reads.set(path, known)
    return known
  }
  return Promise.all(
    uses.map(async (use) => {
      const path = pathOfTarget(use)
      return path === undefined ? nothing : toView(use, await readOnce(path))
    }),
  )
}

const nothing: NowView = { kind: 'Unknown', text: 'nothing that stays', values: undefined }

/** What the object has under such a subresource is a document of its own. */
const ownDocuments: ReadonlySet<string> = new Set(['scale', 'status'])

/** Undefined for what leaves nothing that could be read, such as an exec. */
function pathOfTarget(use: JsonObject): string | undefined {
  const text = (key: string) => stringAt(use, 'target', key) ?? ''
  const [subresource, name] = [text('subresource'), text('name')]
  const isAct =
    stringAt(use, 'op') === 'CONNECT' || (stringAt(use, 'op') === 'CREATE' && subresource !== '')
  if (isAct || !isObjectName(name)) return undefined
  const path = pathOf(
    {
      group: text('group'),
      version: text('version'),
      resource: text('resource'),
      namespace: text('resource') === 'namespaces' ? '' : text('namespace'),
    },
    name,
  )
  return ownDocuments.has(subresource) ? `${path}/${subresource}` : path
}

async function read(path: string, api: Api, signal: AbortSignal): Promise<Live> {
  const answer = await api.send({ method: 'GET', path, signal })
  const { status, body } = answer
  if (isGood(answer) && isJsonObject(body)) return { kind: 'read', object: body }
  // Without a name it is the kind that is not there.
  if (status === 404 && stringAt(body, 'details', 'name') !== undefined) {
    return { kind: 'read', object: undefined }
  }
  const why = status === 403 ? 'you may not read it' : `the API server answers ${status}`
  return { kind: 'unknown', why }
}

function toView(use: JsonObject, live: Live): NowView {
  if (live.kind === 'unknown') return { kind: 'Unknown', text: live.why, values: undefined }
  const { object } = live
  const kind = nowOf(use, object)
  const values = listAt(use, 'diff').map((row) => cellOf(use, row, object))
  return { kind, text: kind === 'Unknown' ? secretText : nowWords[kind], values }
}

const secretText = 'cannot be told: it may be secret'

function cellOf(use: JsonObject, row: Json, live: JsonObject | undefined): NowCell {
  if (live === undefined) return null
  const word = (key: string) => stringAt(use, 'target', key) ?? ''
  const target = { group: word('group'), resource: word('resource') }
  return valueNow(target, stringAt(row, 'path') ?? '', live) ?? null
}
