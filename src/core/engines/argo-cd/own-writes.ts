import { changesFinalizers, removesFinalizers } from '../../exceptions/conditions/finalizers.ts'
import { finalizersOf, isTerminating } from '../../exceptions/conditions/metadata.ts'
import { all, type BuiltInRow, type Condition } from '../../exceptions/row.ts'
import { at, isJsonObject, type Json } from '../../manifest/json.ts'
import { isSameMeaning } from './meaning.ts'
import { cascadeFinalizers, cleanupFinalizers, deleteHookFinalizers } from './names.ts'
import { isOwnOperation } from './own-operation.ts'

/** What a part of Argo CD writes to the objects that steer it, without a commit. */
export interface OwnWrite extends Omit<BuiltInRow, 'subject' | 'names' | 'namespaces'> {
  /** In the namespace of the install. */
  readonly account: string
}

const applications = ['applications.argoproj.io']
const hookFinalizers = [...deleteHookFinalizers, ...cleanupFinalizers]

const keepsCascade: Condition = {
  says: 'the finalizer that deletes its objects only goes while it is being deleted',
  holds({ request: { oldObject, object } }) {
    const [before, after] = [cascadeOf(oldObject ?? {}), cascadeOf(object ?? {})]
    const isOnlyRemoved = after.every((name) => before.includes(name))
    const isSame = isOnlyRemoved && before.length === after.length
    return isSame || (isOnlyRemoved && isTerminating(oldObject ?? {}))
  },
}

const keepsMeaning: Condition = {
  says: 'the spec says what it said before, in the words of Argo CD',
  holds({ request: { oldObject, object } }) {
    return isSameMeaning(normalized(oldObject ?? {}), normalized(object ?? {}))
  },
}

/**
 * Every write of Argo CD 3.5 to its own kinds. argocd-server acts for people: nothing here is for it,
 * neither `operation`, which a sync by hand sets, nor a terminated one.
 */
export const ownWrites: readonly OwnWrite[] = [
  {
    name: 'argo-cd-status',
    account: 'argocd-application-controller',
    resources: applications,
    operations: ['UPDATE'],
    fields: ['status'],
    note: 'reports what it finds and does: Applications have no status subresource',
  },
  {
    name: 'argo-cd-requests',
    account: 'argocd-application-controller',
    resources: applications,
    operations: ['UPDATE'],
    fields: [
      'metadata.annotations["argocd.argoproj.io/refresh"]',
      'metadata.annotations["argocd.argoproj.io/hydrate"]',
    ],
    note: 'takes a request away that it has followed, and asks itself for a refresh after hydrating',
  },
  {
    name: 'argo-cd-operation',
    account: 'argocd-application-controller',
    resources: applications,
    operations: ['UPDATE'],
    fields: ['operation'],
    condition: isOwnOperation,
    note: 'starts an automated sync, and takes away what is done',
  },
  {
    name: 'argo-cd-spec',
    account: 'argocd-application-controller',
    resources: applications,
    operations: ['UPDATE'],
    fields: ['spec'],
    condition: keepsMeaning,
    note: 'writes the spec without what is empty, and with the default project, when it first reads it and whenever it starts a sync',
  },
  {
    name: 'argo-cd-finalizers',
    account: 'argocd-application-controller',
    resources: applications,
    operations: ['UPDATE'],
    fields: ['metadata.finalizers'],
    condition: all(changesFinalizers(...cascadeFinalizers, ...hookFinalizers), keepsCascade),
    note: 'holds a deletion back for hooks that are declared, and ends it',
  },
  {
    name: 'argo-cd-projects',
    account: 'argocd-application-controller',
    resources: ['appprojects.argoproj.io'],
    operations: ['UPDATE'],
    fields: ['metadata.finalizers'],
    condition: removesFinalizers('resources-finalizer.argocd.argoproj.io'),
    note: 'ends the deletion of a project that nothing uses',
  },
  {
    name: 'argo-cd-sets-status',
    account: 'argocd-applicationset-controller',
    resources: ['applicationsets.argoproj.io/status'],
    operations: ['UPDATE'],
    fields: ['status'],
    note: 'reports on the Applications that it makes',
  },
  {
    name: 'argo-cd-sets-requests',
    account: 'argocd-applicationset-controller',
    resources: ['applicationsets.argoproj.io'],
    operations: ['UPDATE'],
    fields: ['metadata.annotations["argocd.argoproj.io/application-set-refresh"]'],
    note: 'asks itself for a refresh when Git calls, and takes away what it has followed',
  },
  {
    name: 'argo-cd-sets-spec',
    account: 'argocd-applicationset-controller',
    resources: ['applicationsets.argoproj.io'],
    operations: ['UPDATE'],
    fields: ['spec'],
    condition: keepsMeaning,
    note: 'writes out what is empty together with the finalizer',
  },
  {
    name: 'argo-cd-sets-finalizers',
    account: 'argocd-applicationset-controller',
    resources: ['applicationsets.argoproj.io'],
    operations: ['UPDATE'],
    fields: ['metadata.finalizers'],
    condition: changesFinalizers('resources-finalizer.argocd.argoproj.io'),
    note: 'deletes the Applications in order, if the set asks for it',
  },
  {
    name: 'argo-cd-notifications',
    account: 'argocd-notifications-controller',
    resources: applications,
    operations: ['UPDATE'],
    fields: ['metadata.annotations["notified.notifications.argoproj.io"]'],
    note: 'remembers what it has told',
  },
]

function cascadeOf(object: Json): readonly Json[] {
  return finalizersOf(object).filter(
    (name) => typeof name === 'string' && cascadeFinalizers.includes(name),
  )
}

/** A project that is not named is the default one. */
function normalized(application: Json): Json {
  const spec = at(application, 'spec') ?? null
  if (!isJsonObject(spec)) return spec
  const { project = '' } = spec
  return { ...spec, project: project === '' ? 'default' : project }
}
