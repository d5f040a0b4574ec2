import { identityFields } from '../core/exceptions/table/fields.ts'
import { parentText } from '../core/policy/parent-rule.ts'
import { onlyWhere } from '../core/policy/row-condition.ts'
import type { PresetUse } from '../core/policy/preset-use.ts'
import type { DerivedEntry, Exception, Writer } from '../core/policy/schema.ts'
import type { Subject } from '../core/policy/subject.ts'

/** What a preset gives, one line for each thing that somebody may do. */
export function presetLines(use: PresetUse): readonly string[] {
  const { preset, list, entry, install, writers, exceptions, derived } = use
  return [
    `preset ${preset} (${list}: ${entry}) is for ${install}. It gives`,
    ...writers.map((one) => `  ${writerLine(one)}`),
    ...exceptions.flatMap((one) => exceptionLines(one).map((line) => `  ${line}`)),
    ...derived.flatMap((one) => derivedLines(one).map((line) => `  ${line}`)),
  ]
}

function writerLine({ name, subject, podBound, evidence }: Writer): string {
  const bound = podBound ? ', with a token bound to a Pod' : ''
  return `writer ${name}: ${whoIs(subject)}${bound}, evidence ${evidence.join(', ')}`
}

function exceptionLines({ name, subject, allow }: Exception): readonly string[] {
  return [
    `exception ${name}: ${whoIs(subject)} may, without a commit,`,
    ...allow.map((row) => {
      const { operations, resources, namespaces, names, only, reason = '' } = row
      const called = names === undefined ? '' : ` called ${names.join(' or ')}`
      const what = `${operations.join(', ')} ${resources.join(', ')}${called}`
      return `  ${what}${fieldsText(row.fields)}, ${placesText(namespaces)} (${reason}${onlyWhere(only)})`
    }),
  ]
}

function derivedLines({ name, subject, parent, allow, reason }: DerivedEntry): readonly string[] {
  return [
    `derived ${name}: ${whoIs(subject)} may, while ${parentText(parent)} is as Git declares it,`,
    ...allow.map(({ operations, resources, fields }) => {
      const what = `${operations.join(', ')} ${resources.map(anyResource).join(', ')}`
      return `  ${what}${fieldsText(fields)} (${reason})`
    }),
  ]
}

function anyResource(resource: string): string {
  return resource === '*' ? 'every resource' : resource
}

function whoIs(subject: Subject): string {
  if (subject.kind === 'group') return subject.group
  return subject.kind === 'user' ? subject.username : `${subject.namespace}/${subject.name}`
}

function placesText(namespaces: readonly string[]): string {
  if (namespaces.length === 0) return 'cluster-scoped'
  return namespaces.includes('*') ? 'in every namespace' : `in ${namespaces.join(', ')}`
}

/** What every new object has goes without saying. */
function fieldsText(fields: readonly string[] | undefined): string {
  if (fields === undefined) return ''
  if (fields.includes('*')) return ': the whole object'
  const own = fields.filter((field) => !(identityFields as readonly string[]).includes(field))
  return own.length === 0 ? '' : `: ${own.join(', ')}`
}
