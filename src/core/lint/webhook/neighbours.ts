import { webhookName } from '../../audit/reconcile/api-event.ts'
import type { JsonObject } from '../../manifest/json.ts'
import { labelsOf } from '../../exceptions/conditions/metadata.ts'
import { namespaceMatches } from '../../policy/scope.ts'
import type { Policy } from '../../policy/schema.ts'
import type { Finding } from '../finding.ts'
import { operationsOf, servedName, type ServedResource } from '../served.ts'
import {
  actsIn,
  actsOn,
  boundPolicies,
  mutatingWebhooks,
  type Acting,
  type Target,
} from './acting.ts'
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
  const mutators = mutatorsIn(objects)
  const reaching = mutators.flatMap((acting) => {
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
  return [...reaching, ...mutators.filter(({ entry }) => entry === webhookName).map(impostor)]
}

/** The API server would write into its log what they say, as if we had said it. */
function impostor(one: Pick<Acting, 'kind' | 'name' | 'entry'>): Finding {
  const { kind, name, entry } = one
  return {
    severity: 'problem',
    kind: 'speaks-as-us',
    what: `${titleOf(one)} is called as our webhook is: its annotations in the audit log pass for decisions of ours`,
    fix: 'Remove it, or give it another name.',
    command: editCommand(one),
    facts: { objectKind: kind, object: name, entry },
  }
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
  const homes = homesOf(options)
  return mutatorsIn(objects).flatMap((acting) => {
    const matched = targets.filter((target) => actsOn(acting, target))
    const isIn = matched.some(({ isNamespaced }) => isNamespaced)
    const places = isIn ? homes.filter((one) => actsIn(acting, labelsOf(one))).map(nameOf) : []
    const found = matched.filter(({ isNamespaced }) => !isNamespaced || places.length > 0)
    if (found.length === 0) return [harmless(acting)]
    const reached = namesOf(found)
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
  const kind = 'ValidatingAdmissionPolicy'
  const impostors = others.filter((policy) => nameOf(policy) === webhookName)
  const asked = boundPolicies(kind, others, validatingBindings).flatMap((acting) => {
    const reached = namesOf(targets.filter((target) => actsOn(acting, target)))
    if (reached.length === 0) return []
    const denies = acting.actions.includes('Deny')
    const canStopUs = denies && reached.some((name) => weWrite.some((one) => name.includes(one)))
    return [
      {
        severity: canStopUs ? 'problem' : denies ? 'warning' : 'note',
        kind: 'validates-ours',
        what: `${titleOf(acting)} is asked about ${shortList(reached, 5)} of solewriter itself${denies ? ' and may refuse them' : ''}`,
        fix: denies ? `Exclude the namespace ${place.namespace} and the group solewriter.dev.` : '',
        ...(denies ? { command: editCommand(acting) } : {}),
        facts: factsOf(acting, reached),
      } as const,
    ]
  })
  return [
    ...asked,
    ...impostors.map((policy) => impostor({ kind, name: nameOf(policy), entry: '' })),
  ]
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

/** What a writer may write, wherever that is. */
function declaredTargets({ served }: DeclaredOptions): readonly Target[] {
  return served.filter(isDeclarable).flatMap((one) =>
    operationsOf(one)
      .filter((operation) => operation === 'CREATE' || operation === 'UPDATE')
      .map((operation) => ({ ...one, versions: [one.version], operation })),
  )
}

/** Where a writer may write. */
function homesOf({ policy, namespaces, own }: DeclaredOptions): readonly JsonObject[] {
  const patterns = policy?.spec.writers.flatMap((writer) => writer.namespaces) ?? ['*']
  return namespaces.filter((one) => nameOf(one) !== own && namespaceMatches(patterns, nameOf(one)))
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

function titleOf({ kind, name, entry }: Pick<Acting, 'kind' | 'name' | 'entry'>): string {
  return `${kind} ${name}${entry === '' || entry === name ? '' : ` (${entry})`}`
}

function ownConditions({ hasConditions }: Acting): string {
  return hasConditions ? ', as far as its own conditions let it' : ''
}

function editCommand({ kind, name }: Pick<Acting, 'kind' | 'name'>): string {
  return `kubectl edit ${kind.toLowerCase()} ${word(name)}`
}

function factsOf(acting: Acting, resources: readonly string[]): Finding['facts'] {
  const { kind, name, entry, failurePolicy } = acting
  return { objectKind: kind, object: name, entry, failurePolicy, resources }
}
