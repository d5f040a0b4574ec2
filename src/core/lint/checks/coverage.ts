import { stringAt, type JsonObject } from '../../manifest/json.ts'
import { checkOf } from '../check.ts'
import type { Finding, Severity } from '../finding.ts'
import { coverageOf, type CoverageRow, type WhyUnseen } from '../webhook/coverage.ts'
import { nameOf, shortList } from '../text.ts'

export const coverageCheck = checkOf(
  { check: 'coverage', title: 'what never reaches us' },
  ['served', 'apiServices', 'configuration', 'namespaces'],
  ({ served, apiServices, configuration, namespaces }, { namespace }) => {
    const { writable, reached, rows } = coverageOf({
      served: served.resources,
      aggregated: new Set(apiServices.filter(isElsewhere).map(nameOf)),
      configuration,
      namespaces,
      namespace,
    })
    return {
      summary: `${writable} pairs of resource and operation can be written, ${reached} of them reach us whoever writes`,
      findings: [...rows.map(toFinding), ...served.stale.map(staleFinding)],
    }
  },
)

function isElsewhere(apiService: JsonObject): boolean {
  return stringAt(apiService, 'spec', 'service', 'name') !== undefined
}

function toFinding({ why, detail, resources }: CoverageRow): Finding {
  const { severity, text, fix } = meanings[why]
  return {
    severity,
    kind: why,
    what: `${text}${detail === '' ? '' : ` ${detail}`}: ${shortList(resources, 4)}`,
    fix,
    facts: { detail, resources },
  }
}

const manifest = 'Apply the manifest of the webhook configuration again.'

const meanings: Readonly<
  Record<WhyUnseen, { readonly severity: Severity; readonly text: string; readonly fix: string }>
> = {
  'no-configuration': {
    severity: 'problem',
    text: 'there is no configuration of ours',
    fix: 'Apply the manifests.',
  },
  'no-rule': { severity: 'problem', text: 'no rule asks for it', fix: manifest },
  condition: { severity: 'note', text: 'left out by the condition', fix: '' },
  'namespace-selector': {
    severity: 'problem',
    text: 'left out in the namespaces',
    fix: manifest,
  },
  'object-selector': { severity: 'problem', text: 'left out by labels of objects', fix: manifest },
  aggregated: {
    severity: 'warning',
    text: 'kept by another API server, which does not ask us, group',
    fix: 'Know that Git does not rule there; restrict who may write it by RBAC.',
  },
  admission: {
    severity: 'note',
    text: 'admission itself, about which no webhook is asked',
    fix: '',
  },
  'read-only': { severity: 'note', text: 'cannot be written', fix: '' },
  'condition-for-some': {
    severity: 'note',
    text: 'left out for some identities or names, by the condition',
    fix: '',
  },
}

function staleFinding(group: string): Finding {
  return {
    severity: 'warning',
    kind: 'stale',
    what: `the API server of ${group} does not answer: nobody knows what it serves`,
    fix: 'Repair or remove its APIService.',
    command: 'kubectl get apiservices',
    facts: { group },
  }
}
