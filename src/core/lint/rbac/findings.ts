import type { Finding, Severity } from '../finding.ts'
import { readBindings, type Binding, type RbacObjects } from './bindings.ts'
import { holdersOf, usernameOf, type Holding, type Places } from './holders.ts'
import { standingOf, type OwnNames, type Standing } from './standing.ts'
import { shortList, word } from '../text.ts'

export interface HoldersOptions extends OwnNames {
  readonly identities: Places['identities']
  /** Whether a ValidatingAdmissionPolicy of ours stands before webhook configurations, as it should. */
  readonly isGuarded: boolean
}

/** Who has which power, with who they are to us: notes for those who are meant to have it. */
export function findHolders(objects: RbacObjects, options: HoldersOptions): readonly Finding[] {
  const places = { identities: options.identities, own: options.namespace }
  return holdersOf(readBindings(objects), places).map((holding) =>
    toFinding(holding, standingOf(holding, options), options),
  )
}

function toFinding(holding: Holding, standing: Standing, options: HoldersOptions): Finding {
  const { power, subject, binding, asked, names } = holding
  const severity = severityOf(holding, standing, options)
  const object = power.name === 'everything' ? '' : ` ${shortList(asked, 6)}`
  const only = names.length === 0 ? '' : `, only ${shortList(names, 3)}`
  const who = standing.kind === 'policy' ? ` (${standing.role})` : ''
  return {
    severity,
    kind: power.name,
    what: `${subject.kind} ${shortName(holding)}${who} may ${power.does}${object}${only}, by ${viaText(binding)}: ${power.why}`,
    fix: severity === 'note' ? '' : power.fix,
    ...(severity === 'note' ? {} : { command: commandFor(binding) }),
    facts: {
      subjectKind: subject.kind,
      subject: usernameOf(subject),
      standing: standing.kind,
      binding: binding.name,
      bindingKind: binding.kind,
      namespace: binding.namespace,
      role: binding.role.name,
      roleKind: binding.role.kind,
      access: asked,
      names,
    },
  }
}

function severityOf(
  { power, binding, asked }: Holding,
  standing: Standing,
  { isGuarded }: HoldersOptions,
): Severity {
  if (standing.kind === 'policy') return isTheirWork.has(power.name) ? 'note' : 'warning'
  if (standing.kind !== 'other') return severities[standing.kind]
  if (power.name === 'admission' && isGuarded && asked.every(isGuardedToo)) return 'warning'
  return power.where === 'own' && binding.kind === 'RoleBinding' ? 'problem' : power.severity
}

/** The guard is asked about webhook configurations, and not about itself. */
function isGuardedToo(asked: string): boolean {
  return asked.endsWith('webhookconfigurations')
}

const severities = {
  'built-in': 'note',
  ours: 'note',
  'control-plane': 'warning',
  everybody: 'problem',
} as const

/** What comes with applying and scaling things. */
const isTheirWork: ReadonlySet<string> = new Set([
  'pods',
  'secrets',
  'own-namespace',
  'own-records',
])

function shortName({ subject: { kind, namespace, name } }: Holding): string {
  return kind === 'ServiceAccount' ? `${namespace}/${name}` : name
}

function viaText({ kind, namespace, name, role }: Binding): string {
  const place = namespace === '' ? name : `${namespace}/${name}`
  return `${kind} ${place} to ${role.kind} ${role.name}`
}

/** Where nobody else is bound by it, it can go. */
function commandFor({ kind, namespace, name, subjects }: Binding): string {
  const verb = subjects.length === 1 ? 'delete' : 'edit'
  const place = namespace === '' ? '' : ` -n ${word(namespace)}`
  return `kubectl ${verb} ${kind.toLowerCase()}${place} ${word(name)}`
}
