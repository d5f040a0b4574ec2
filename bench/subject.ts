import type { Handle } from '../src/server/admission.ts'

/** What the benchmark asks to decide. `--subject FILE` names another module with a `createSubject`. */
export interface Subject {
  readonly handle: Handle
  readonly ownAccounts: (username: string) => boolean
}

/** What `createSubject` admits from `ci`, when it asks for more than the name: see `writes.ts`. */
export type WriteAnnotations = Readonly<Record<string, string>>

export type CreateSubject = () => Subject | Promise<Subject>

const writers: ReadonlySet<string> = new Set(['system:serviceaccount:ci:deployer'])

/** An identity rule and nothing more: what the listener itself costs. */
export const createSubject: CreateSubject = () => ({
  ownAccounts: (username) => username.startsWith('system:serviceaccount:solewriter:'),
  handle(request) {
    const isWriter = writers.has(request.user.username)
    return Promise.resolve({
      allowed: isWriter,
      message: isWriter
        ? ''
        : `[HumanWrite] ${request.resource.resource} ${request.namespace}/${request.name} is declared in Git. Change it there. (decision 01K3W7Q2ZJ8M4T6R9XC5VB1NDE)`,
      causes: [],
      warnings: [],
      auditAnnotations: { decision: '01K3W7Q2ZJ8M4T6R9XC5VB1NDE' },
    })
  },
})
