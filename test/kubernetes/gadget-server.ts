import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TestContext } from 'node:test'
import type { JsonObject } from '../../src/core/manifest/json.ts'
import { eventually } from '../e2e/eventually.ts'
import { json, startApiServer, type FakeApiServer } from './api-server.ts'
import { watchedObject } from './watched-object.ts'

export const gadgets = { group: 'example.com', kind: 'Gadget' } as const
const collection = '/apis/example.com/v1/gadgets'
const named = /^\/apis\/example\.com\/v1\/namespaces\/shop\/gadgets(?:\/([a-z0-9-]+))?$/

type Verb = 'discovery' | 'list' | 'page' | 'watch' | 'get' | 'find' | 'other'
/** True when it has answered, or will. */
type Intercept = (
  verb: Verb,
  response: ServerResponse,
  request: IncomingMessage,
) => boolean | undefined

interface Event {
  readonly type: string
  readonly object: JsonObject
}

/** An API server with objects of one kind, whose answers a test can replace. */
export class GadgetServer {
  readonly #objects = new Map<string, JsonObject>()
  readonly #watches = new Set<ServerResponse>()
  readonly asked: { readonly verb: Verb; readonly url: URL }[] = []
  revision = 100
  isServed = true
  intercept: Intercept = () => undefined

  put(name: string, rest: JsonObject = {}): void {
    this.revision += 1
    const object = watchedObject(name, this.revision, rest)
    const type = this.#objects.has(name) ? 'MODIFIED' : 'ADDED'
    this.#objects.set(name, object)
    this.emit({ type, object })
  }

  /** Without telling anybody. */
  putSilently(name: string): void {
    this.revision += 1
    this.#objects.set(name, watchedObject(name, this.revision))
  }

  remove(name: string): void {
    this.revision += 1
    this.#objects.delete(name)
    this.emit({ type: 'DELETED', object: watchedObject(name, this.revision) })
  }

  removeSilently(name: string): void {
    this.revision += 1
    this.#objects.delete(name)
  }

  forget(): void {
    this.#objects.clear()
  }

  emit(event: Event): void {
    this.emitText(`${JSON.stringify(event)}\n`)
  }

  emitText(text: string): void {
    this.emitBytes(Buffer.from(text))
  }

  emitBytes(bytes: Buffer): void {
    for (const response of this.#watches) response.write(bytes)
  }

  bookmark(): void {
    this.revision += 1
    const metadata = { resourceVersion: String(this.revision) }
    this.emit({ type: 'BOOKMARK', object: { metadata } })
  }

  /** As at `timeoutSeconds`. */
  endWatches(): void {
    for (const response of this.#watches) response.end()
  }

  breakWatches(): void {
    for (const response of this.#watches) response.destroy()
  }

  get openWatches(): number {
    return this.#watches.size
  }

  count(verb: Verb): number {
    return this.asked.filter((one) => one.verb === verb).length
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '', 'https://server')
    const verb = this.#verbOf(url)
    this.asked.push({ verb, url })
    if (this.intercept(verb, response, request) === true) return
    if (verb === 'discovery') json(response, 200, this.#discovery(url.pathname))
    else if (!this.isServed || verb === 'other') response.writeHead(404).end('404 page not found')
    else this.#answer(verb, url, response)
  }

  #verbOf({ pathname, searchParams }: URL): Verb {
    if (pathname === '/api' || pathname === '/apis') return 'discovery'
    if (pathname === collection) {
      if (searchParams.has('watch')) return 'watch'
      return searchParams.has('continue') ? 'page' : 'list'
    }
    const [, name] = named.exec(pathname) ?? []
    if (name !== undefined) return 'get'
    return named.test(pathname) ? 'find' : 'other'
  }

  #answer(verb: Verb, url: URL, response: ServerResponse): void {
    if (verb === 'list' || verb === 'page') json(response, 200, this.#page(url.searchParams))
    else if (verb === 'watch') this.#watch(response)
    else if (verb === 'get') this.#get(url.pathname.split('/').at(-1) ?? '', response)
    else this.#find(url.searchParams.get('fieldSelector') ?? '', response)
  }

  #page(parameters: URLSearchParams) {
    const limit = Number(parameters.get('limit'))
    const start = Number(parameters.get('continue') ?? 0)
    const all = [...this.#objects.values()]
    const end = start + limit
    return this.#list(all.slice(start, end), end < all.length ? String(end) : undefined)
  }

  #list(items: readonly JsonObject[], next?: string) {
    const metadata = { resourceVersion: String(this.revision), continue: next }
    return { kind: 'GadgetList', metadata, items }
  }

  #watch(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    this.#watches.add(response)
    response.once('close', () => this.#watches.delete(response))
  }

  #get(name: string, response: ServerResponse): void {
    const object = this.#objects.get(name)
    const missing = { kind: 'Status', reason: 'NotFound', details: { name } }
    json(response, object === undefined ? 404 : 200, object ?? missing)
  }

  #find(selector: string, response: ServerResponse): void {
    const object = this.#objects.get(selector.replace('metadata.name=', ''))
    json(response, 200, this.#list(object === undefined ? [] : [object]))
  }

  #discovery(path: string) {
    const resource = {
      resource: 'gadgets',
      responseKind: { group: 'example.com', version: 'v1', kind: 'Gadget' },
      scope: 'Namespaced',
    }
    const versions = [{ version: 'v1', resources: this.isServed ? [resource] : [] }]
    const items = path === '/apis' ? [{ metadata: { name: 'example.com' }, versions }] : []
    return { kind: 'APIGroupDiscoveryList', items }
  }
}

export interface Gadgets {
  readonly server: GadgetServer
  readonly api: FakeApiServer['api']
}

export async function startGadgetServer(t: TestContext): Promise<Gadgets> {
  const server = new GadgetServer()
  const { api } = await startApiServer(t, (request, response) => {
    server.handle(request, response)
  })
  return { server, api }
}

export async function untilWatching(server: GadgetServer): Promise<void> {
  await eventually('a watch is open', () => server.openWatches > 0)
}
