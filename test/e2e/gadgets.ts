import assert from 'node:assert/strict'
import { stringAt, type Json } from '../../src/core/manifest/json.ts'
import type { Api } from '../../src/kubernetes/api.ts'
import type { ApiCluster } from './api-cluster.ts'

/** A kind of our own, for watches: `Gadget` in a group of one's choice. */
function gadgetDefinition(group: string) {
  const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `gadgets.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind: 'Gadget', plural: 'gadgets' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: schema },
          subresources: { status: {} },
        },
      ],
    },
  }
}

export async function defineGadgets(own: ApiCluster, group: string): Promise<void> {
  await own.apply(gadgetDefinition(group))
  await own.kubectl('wait', '--for=condition=Established', `crd/gadgets.${group}`)
}

/** Writes by our own client, which is faster than kubectl. */
export class Gadgets {
  readonly #api: Api
  readonly #group: string

  constructor(api: Api, group: string) {
    this.#api = api
    this.#group = group
  }

  /** Returns its version. */
  async create(name: string, spec: Json = {}): Promise<string> {
    const body = {
      apiVersion: `${this.#group}/v1`,
      kind: 'Gadget',
      metadata: { name, namespace: 'default' },
      spec,
    }
    return this.#send('POST', '', body)
  }

  async change(name: string, spec: Json): Promise<string> {
    return this.#send('PATCH', `/${name}`, { spec })
  }

  async remove(name: string): Promise<void> {
    await this.#send('DELETE', `/${name}`)
  }

  async #send(method: 'POST' | 'PATCH' | 'DELETE', rest: string, body?: Json): Promise<string> {
    const path = `/apis/${this.#group}/v1/namespaces/default/gadgets${rest}`
    const answer = await this.#api.send({
      method,
      path,
      ...(body === undefined ? {} : { body }),
      ...(method === 'PATCH'
        ? { headers: { 'content-type': 'application/merge-patch+json' } }
        : {}),
    })
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status}`)
    return stringAt(answer.body, 'metadata', 'resourceVersion') ?? ''
  }
}
