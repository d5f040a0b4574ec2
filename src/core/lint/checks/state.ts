import { customResourceDefinitions } from '../../breakglass/objects/definitions.ts'
import { listAt } from '../../exceptions/conditions/metadata.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../../manifest/json.ts'
import { checkOf } from '../check.ts'
import type { Finding } from '../finding.ts'
import { nameOf } from '../text.ts'

const oldest = 32

export const apiServerCheck = checkOf(
  { check: 'api-server', title: 'version of the API server' },
  ['version'],
  ({ version }, { isMeasured }) => {
    const [major = 0, minor = 0] = version.split('.').map(Number)
    const findings: Finding[] = []
    if (major === 1 && minor < oldest) {
      findings.push({
        severity: 'problem',
        kind: 'too-old',
        what: `Kubernetes ${version} shows no id of client certificates: components of the control plane are not known from whoever borrows their names`,
        fix: `Use Kubernetes 1.${oldest} or newer.`,
        facts: { version },
      })
    } else if (!isMeasured(version)) {
      findings.push({
        severity: 'warning',
        kind: 'not-measured',
        what: `the defaults of Kubernetes ${version} were not measured: those of the newest version that was are used, and what they do not know is denied`,
        fix: 'Use a release of solewriter that knows this version.',
        facts: { version },
      })
    }
    return { summary: `Kubernetes ${version}`, findings }
  },
)

export const definitionsCheck = checkOf(
  { check: 'definitions', title: 'our custom resources' },
  ['definitions'],
  ({ definitions }) => {
    const wanted = customResourceDefinitions()
    const findings = wanted.flatMap((one) => {
      const live = definitions.find((other) => nameOf(other) === nameOf(one))
      return definitionFindings(one, live)
    })
    return { summary: wanted.map(nameOf).join(', '), findings }
  },
)

function definitionFindings(wanted: JsonObject, live: JsonObject | undefined): readonly Finding[] {
  const name = nameOf(wanted)
  const told = (kind: string, what: string): Finding => ({
    severity: 'problem',
    kind,
    what: `${name} ${what}`,
    fix: 'Apply manifests/base/crds.yaml of this release.',
    command: `kubectl get customresourcedefinition ${name} -o yaml`,
    facts: { definition: name },
  })
  if (live === undefined) return [told('definition-absent', 'is not installed')]
  const isEstablished = listAt(live, 'status', 'conditions').some(
    (one) => stringAt(one, 'type') === 'Established' && stringAt(one, 'status') === 'True',
  )
  if (!isEstablished) return [told('definition-not-established', 'is not served yet')]
  const [version] = listAt(wanted, 'spec', 'versions')
  const same = listAt(live, 'spec', 'versions').find(
    (one) => stringAt(one, 'name') === stringAt(version, 'name') && at(one, 'served') === true,
  )
  if (same === undefined) {
    return [told('definition-version', `does not serve ${stringAt(version, 'name') ?? ''}`)]
  }
  const schema = ['schema', 'openAPIV3Schema']
  const lost = missingIn(at(same, ...schema), at(version, ...schema), '')
  if (lost === undefined) return []
  return [told('definition-old', `is of another release: it does not keep ${lost}`)]
}

/** The first property that the API server would drop. */
function missingIn(
  live: Json | undefined,
  wanted: Json | undefined,
  path: string,
): string | undefined {
  if (at(live, 'x-kubernetes-preserve-unknown-fields') === true) return undefined
  const properties = at(wanted, 'properties')
  const items = at(wanted, 'items')
  const below: readonly (readonly [string, Json | undefined, Json])[] = [
    ...(isJsonObject(properties)
      ? Object.entries(properties).map(
          ([key, value]) => [`${path}.${key}`, at(live, 'properties', key), value] as const,
        )
      : []),
    ...(items === undefined ? [] : [[`${path}[*]`, at(live, 'items'), items] as const]),
  ]
  for (const [place, there, one] of below) {
    const found = there === undefined ? place : missingIn(there, one, place)
    if (found !== undefined) return found
  }
  return undefined
}

export const endpointsCheck = checkOf(
  { check: 'endpoints', title: 'replicas that answer' },
  ['configuration', 'endpointSlices'],
  ({ configuration, endpointSlices }, { namespace }) => {
    const services = new Set(
      listAt(configuration, 'webhooks').flatMap((one) => {
        const name = stringAt(one, 'clientConfig', 'service', 'name')
        return name === undefined ? [] : [name]
      }),
    )
    if (services.size === 0) {
      return { summary: 'no Service: the webhook is called by its URL', findings: [] }
    }
    const counts = [...services].map((service) => ({
      service,
      ready: readyIn(endpointSlices, service),
    }))
    return {
      summary: counts.map(({ service, ready }) => `${service}: ${ready} ready`).join(', '),
      findings: counts.flatMap(({ service, ready }) => replicaFindings(service, ready, namespace)),
    }
  },
)

function readyIn(slices: readonly JsonObject[], service: string): number {
  const addresses = slices
    .filter((one) => stringAt(one, 'metadata', 'labels', 'kubernetes.io/service-name') === service)
    .flatMap((one) => listAt(one, 'endpoints'))
    .filter((endpoint) => at(endpoint, 'conditions', 'ready') !== false)
    .flatMap((endpoint) => listAt(endpoint, 'addresses'))
  return new Set(addresses).size
}

function replicaFindings(service: string, ready: number, namespace: string): readonly Finding[] {
  if (ready > 1) return []
  const what =
    ready === 0
      ? `no replica behind ${service} is ready: writes are refused, or pass unseen under Ignore`
      : `only one replica behind ${service} is ready: nobody answers while it restarts`
  return [
    {
      severity: ready === 0 ? 'problem' : 'warning',
      kind: ready === 0 ? 'none-ready' : 'one-ready',
      what,
      fix: 'See why the others are not ready.',
      command: `kubectl -n ${namespace} get pods -o wide`,
      facts: { service, ready: String(ready) },
    },
  ]
}
