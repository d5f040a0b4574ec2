import type { BuiltInSubject } from '../../identity/built-in-subject.ts'

/** A controller of kube-controller-manager, by its service account in kube-system. */
export function controller(account: string): BuiltInSubject {
  return { kind: 'controller', account }
}
