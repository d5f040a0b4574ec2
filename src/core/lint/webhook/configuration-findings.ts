import { canonicalJson } from '../../manifest/canonical.ts'
import type { Json, JsonObject } from '../../manifest/json.ts'
import type { Finding, Severity } from '../finding.ts'
import {
  findFaults,
  type ConfigurationFault,
  type Expectation,
  type FoundFault,
} from './own-configuration.ts'
import { word } from '../text.ts'

/** Each fault with where it is, what stands there, what should, and what to do about it. */
export function configurationFindings(
  live: JsonObject | undefined,
  expectation: Expectation & { readonly name: string },
): readonly Finding[] {
  return findFaults(live, expectation).map((found) => toFinding(found, expectation.name))
}

function toFinding(found: FoundFault, configuration: string): Finding {
  const { fault, entry, path } = found
  const [is, wanted] = [found.found, found.wanted].map(valueText)
  const place = [entry, path].filter((part) => part !== '').join(' ')
  const stands = fault === 'absent' ? '' : `: ${is ?? ''} instead of ${wanted ?? ''}`
  const { severity, means, fix } = meanings[fault]
  return {
    severity,
    kind: fault,
    what: `${place === '' ? configuration : place}${stands}: ${means}`,
    fix,
    command:
      fault === 'absent'
        ? 'solewriter emergency on'
        : `kubectl get validatingwebhookconfiguration ${word(configuration)} -o yaml`,
    facts: { entry, path, found: fullText(found.found), wanted: fullText(found.wanted) },
  }
}

const again =
  'Apply the manifest again, as a member of solewriter:emergency where the guard is in force.'

const meanings: Readonly<
  Record<
    ConfigurationFault,
    { readonly severity: Severity; readonly means: string; readonly fix: string }
  >
> = {
  absent: {
    severity: 'problem',
    means: 'there is no such configuration, and nobody is asked about any write',
    fix: 'End the emergency if it is one, else apply the manifests.',
  },
  'failure-policy-ignore': {
    severity: 'problem',
    means: 'a write passes when we cannot be reached, although it is to be enforced',
    fix: 'Use the component enforce of the manifests.',
  },
  selector: {
    severity: 'problem',
    means: 'labels decide what we are asked about, and others set labels',
    fix: again,
  },
  'rules-narrow': {
    severity: 'problem',
    means: 'no entry asks about everything',
    fix: again,
  },
  'condition-foreign': {
    severity: 'problem',
    means: 'this condition is not one of ours, and leaves out what it likes',
    fix: again,
  },
  'ca-bundle-missing': {
    severity: 'problem',
    means: 'the API server cannot tell us from others',
    fix: 'The controller writes it: see why it does not.',
  },
  changed: { severity: 'problem', means: 'not as it was applied', fix: again },
}

const longest = 60

function valueText(value: Json | undefined): string {
  if (value === undefined) return 'nothing'
  const text = fullText(value)
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}

function fullText(value: Json | undefined): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : canonicalJson(value)
}
