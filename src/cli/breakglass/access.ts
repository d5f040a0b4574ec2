import { at } from '../../core/manifest/json.ts'
import type { ScopeRow } from '../../core/policy/grant-scope-schema.ts'
import { isGood, unexpected } from '../../kubernetes/api.ts'
import { printable } from '../output.ts'
import type { Session } from './cluster.ts'
import { Refused } from './refused.ts'

interface Question {
  /** Any of them is enough: kubectl patches, other clients update. */
  readonly verbs: readonly string[]
  /** `plural[.group][/subresource]`. */
  readonly resource: string
  /** Empty for all, or for what is cluster-scoped. */
  readonly namespace: string
  /** Empty for all. */
  readonly name: string
  /** A no may be one only for some of the objects. */
  readonly isVague: boolean
}

const mostQuestions = 64
const verbsOf: Readonly<Record<ScopeRow['operations'][number], readonly string[]>> = {
  CREATE: ['create'],
  UPDATE: ['patch', 'update'],
  DELETE: ['delete'],
  CONNECT: ['create', 'get'],
}

const grants: Question = {
  verbs: ['create'],
  resource: 'breakglassgrants.solewriter.dev',
  namespace: '',
  name: '',
  isVague: false,
}

/**
 * A grant lifts only our denial: what RBAC refuses stays refused. Says so beforehand, and throws
 * Refused where nothing of the scope would be left.
 */
export async function askAccess(scope: readonly ScopeRow[], session: Session): Promise<void> {
  const { env, me } = session
  if (!(await isAllowed(grants, session))) {
    throw new Refused(
      `${me.username} may not create BreakGlassGrants: RBAC refuses it. The ClusterRole solewriter-holder allows it.`,
    )
  }
  const all = questionsOf(scope)
  const asked = all.slice(0, mostQuestions)
  const answers = await Promise.all(asked.map((one) => isAllowed(one, session)))
  const refused = asked.filter((_, i) => answers[i] === false)
  if (refused.length === 0) return
  const lines = refused.map((one) => `RBAC refuses ${me.username}: ${textOf(one)}`)
  const isHopeless = refused.length === all.length && !refused.some(({ isVague }) => isVague)
  if (isHopeless) throw new Refused([...lines, hopeless].join('\n'))
  env.stderr.write(lines.map((line) => `${printable(line)}\n`).join(''))
}

const hopeless =
  'A break-glass grant does not change that: nothing was created. Ask for the rights, or use another login.'

function questionsOf(scope: readonly ScopeRow[]): readonly Question[] {
  const all = scope.flatMap(questionsOfRow)
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()]
}

function questionsOfRow({ resources, operations, namespaces, names = ['*'] }: ScopeRow) {
  const places = namespaces.length === 0 ? [''] : namespaces
  return resources.flatMap((resource) =>
    operations.flatMap((operation) =>
      places.flatMap((place) =>
        names.map((name): Question => {
          // What is created has no name yet; a subresource has that of its parent.
          const isNamed = operation !== 'CREATE' || resource.includes('/')
          return {
            verbs: verbsOf[operation],
            resource,
            namespace: exactOr(place),
            name: isNamed ? exactOr(name) : '',
            isVague: place.endsWith('*') || name.endsWith('*'),
          }
        }),
      ),
    ),
  )
}

function exactOr(pattern: string): string {
  return pattern.endsWith('*') ? '' : pattern
}

async function isAllowed(question: Question, session: Session): Promise<boolean> {
  for (const verb of question.verbs) {
    if (await isVerbAllowed(verb, question, session)) return true
  }
  return false
}

async function isVerbAllowed(
  verb: string,
  { resource, namespace, name }: Question,
  { api, env }: Session,
): Promise<boolean> {
  const [main = '', subresource = ''] = resource.split('/')
  const [plural = '', ...group] = main.split('.')
  const attributes = { group: group.join('.'), resource: plural, subresource, namespace, name }
  const answer = await api.send({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { verb, ...attributes } },
    },
    signal: env.signal,
  })
  if (!isGood(answer)) throw unexpected('create selfsubjectaccessreviews', answer)
  return at(answer.body, 'status', 'allowed') === true
}

function textOf({ verbs, resource, namespace, name }: Question): string {
  const object = name === '' ? '' : ` ${name}`
  return `${verbs[0] ?? ''} ${resource}${object}${namespace === '' ? '' : ` in ${namespace}`}`
}
