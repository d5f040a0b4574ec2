import type { JsonObject } from '../../manifest/json.ts'
import { labelsOf } from '../../exceptions/conditions/metadata.ts'
import { namespaceMatches } from '../../policy/scope.ts'
import type { Policy } from '../../policy/schema.ts'
import type { Finding } from '../finding.ts'
import { operationsOf, servedName, type ServedResource } from '../served.ts'
import { actsOn, boundPolicies, mutatingWebhooks, type Acting, type Target } from './acting.ts'
import { isAdmissionItself } from './matching.ts'
import { ownTargets } from './own-targets.ts'
import { nameOf, shortList, word } from '../text.ts'

export interface AdmissionObjects {
  readonly mutatingWebhooks: readonly JsonObject[]
  readonly mutatingPolicies: readonly JsonObject[]
  readonly mutatingBindings: readonly JsonObject[]
  readonly validatingPolicies: readonly JsonObject[]
  readonly validatingBindings: readonly JsonObject[]
}

export interface OwnPlace {
  readonly namespace: string
  /** Of the Namespace; undefined where they are not known. */
  readonly labels: JsonObject | undefined
}

/** Those that may change what we are made of, or what we write: nothing but a mistake, or an attack. */
export function findMutatorsOfOurs(
  objects: Pick<AdmissionObjects, 'mutatingWebhooks' | 'mutatingPolicies' | 'mutatingBindings'>,
  place: OwnPlace,
): readonly Finding[] {
  const targets = ownTargets(place.namespace, place.labels)
  return mutatorsIn(objects).flatMap((acting) => {
    const reached = namesOf(targets.filter((target) => actsOn(acting, target)))
    if (reached.length === 0) return []
    const what = `${titleOf(acting)} may change ${shortList(reached, 5)} of solewriter itself`
    return [
      {
        severity: 'problem',
        kind: 'mutates-ours',
        what: `${what}${ownConditions(acting)}`,
        fix: `Exclude the namespace ${place.namespace} and the group solewriter.dev from it.`,
        command: editCommand(acting),
        facts: factsOf(acting, reached),
      } as const,
    ]
  })
}

export interface DeclaredOptions {
  readonly served: readonly ServedResource[]
  readonly namespaces: readonly JsonObject[]
  readonly policy: Policy | undefined
  readonly own: string
}

/** Those that change what a writer sends before it is compared with what Git declares. */
export function findMutatorsOfDeclared(
  objects: AdmissionObjects,
  options: DeclaredOptions,
): readonly Finding[] {
  const targets = declaredTargets(options)
  return mutatorsIn(objects).flatMap((acting) => {
    const found = targets.filter((target) => actsOn(acting, target))
    if (found.length === 0) return [harmless(acting)]
    const reached = namesOf(found)
    const places = [...new Set(found.flatMap(({ place }) => (place === '' ? [] : [place])))]
    const where = places.length === 0 ? '' : ` in ${shortList(places, 3)}`
    return [
      {
        severity: 'warning',
        kind: 'mutates-declared',
        what: `${titleOf(acting)} may change ${shortList(reached, 5)}${where} before it is compared with Git: what it adds is a ContentMismatch${ownConditions(acting)}`,
        fix: 'Declare in Git what it adds, name the fields under spec.tolerations, or exclude these namespaces from it.',
        command: editCommand(acting),
        facts: { ...factsOf(acting, reached), namespaces: places },
      } as const,
    ]
  })
}

function harmless(acting: Acting): Finding {
  return {
    severity: 'note',
    kind: 'mutates-nothing-declared',
    what: `${titleOf(acting)} matches nothing that a writer may write`,
    fix: '',
    facts: factsOf(acting, []),
  }
}

/** What a ValidatingAdmissionPolicy of somebody else could refuse us. */
export function findPoliciesOnOurs(
  { validatingPolicies, validatingBindings }: AdmissionObjects,
  place: OwnPlace,
): readonly Finding[] {
  const targets = ownTargets(place.namespace, place.labels)
  const others = validatingPolicies.filter((policy) => nameOf(policy) !== guardName)
  return boundPolicies('ValidatingAdmissionPolicy', others, validatingBindings).flatMap(
    (acting) => {
      const reached = namesOf(targets.filter((target) => actsOn(acting, target)))
      if (reached.length === 0) return []
      const denies = acting.actions.includes('Deny')
      const canStopUs = denies && reached.some((name) => weWrite.some((one) => name.includes(one)))
      return [
        {
          severity: canStopUs ? 'problem' : denies ? 'warning' : 'note',
          kind: 'validates-ours',
          what: `${titleOf(acting)} is asked about ${shortList(reached, 5)} of solewriter itself${denies ? ' and may refuse them' : ''}`,
          fix: denies
            ? `Exclude the namespace ${place.namespace} and the group solewriter.dev.`
            : '',
          ...(denies ? { command: editCommand(acting) } : {}),
          facts: factsOf(acting, reached),
        } as const,
      ]
    },
  )
}

/** Without a Lease, a status or a caBundle there is no controller. */
const weWrite = ['solewriter.dev', 'leases.', 'validatingwebhookconfigurations.']

export const guardName = 'solewriter-guard'

function mutatorsIn({
  mutatingWebhooks: configurations,
  mutatingPolicies,
  mutatingBindings,
}: Pick<AdmissionObjects, 'mutatingWebhooks' | 'mutatingPolicies' | 'mutatingBindings'>) {
  return [
    ...mutatingWebhooks(configurations),
    ...boundPolicies('MutatingAdmissionPolicy', mutatingPolicies, mutatingBindings),
  ]
}

type Placed = Target & { readonly place: string }

/** What a writer may write, where it may write: each resource once for each labelling of a Namespace. */
function declaredTargets(options: DeclaredOptions): readonly Placed[] {
  const patterns = options.policy?.spec.writers.flatMap(({ namespaces }) => namespaces) ?? ['*']
  const places = options.namespaces.filter(
    (one) => nameOf(one) !== options.own && namespaceMatches(patterns, nameOf(one)),
  )
  return options.served.filter(isDeclarable).flatMap((one): readonly Placed[] => {
    const asked = operationsOf(one)
      .filter((operation) => operation === 'CREATE' || operation === 'UPDATE')
      .map((operation) => ({ ...one, versions: [one.version], operation }))
    if (!one.isNamespaced) return asked.map((target) => ({ ...target, place: '' }))
    return places.flatMap((namespace) =>
      asked.map((target) => ({
        ...target,
        namespaceLabels: labelsOf(namespace),
        place: nameOf(namespace),
      })),
    )
  })
}

const never = ['events', 'bindings', 'leases', 'leasecandidates']

function isDeclarable(one: ServedResource): boolean {
  const isReview = /^(?:authentication|authorization)\.k8s\.io$/.test(one.group)
  return (
    one.subresource === '' && !isReview && !never.includes(one.resource) && !isAdmissionItself(one)
  )
}

function namesOf(targets: readonly Target[]): readonly string[] {
  return [...new Set(targets.map(servedName))].toSorted()
}

function titleOf({ kind, name, entry }: Acting): string {
  return `${kind} ${name}${entry === '' || entry === name ? '' : ` (${entry})`}`
}

function ownConditions({ hasConditions }: Acting): string {
  return hasConditions ? ', as far as its own conditions let it' : ''
}

function editCommand({ kind, name }: Acting): string {
  return `kubectl edit ${kind.toLowerCase()} ${word(name)}`
}

function factsOf(acting: Acting, resources: readonly string[]): Finding['facts'] {
  const { kind, name, entry, failurePolicy } = acting
  return { objectKind: kind, object: name, entry, failurePolicy, resources }
}
