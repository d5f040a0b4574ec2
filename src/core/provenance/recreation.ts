import { at, type Json } from '../manifest/json.ts'

/**
 * Annotations by which a manifest asks its engine to delete the object and create it anew: hooks run
 * again and again, and some objects cannot be changed in place.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/
 * https://helm.sh/docs/topics/charts_hooks/
 * https://fluxcd.io/flux/components/kustomize/kustomizations/#controlling-the-apply-behavior-of-resources
 */
const requests: Readonly<Record<string, (value: string) => boolean>> = {
  'argocd.argoproj.io/hook': (value) => value !== '' && value !== 'Skip',
  'argocd.argoproj.io/sync-options': (value) =>
    value.split(',').some((option) => /^(?:Force|Replace)=true$/.test(option.trim())),
  'helm.sh/hook': (value) => value !== '' && value !== 'crd-install',
  'kustomize.toolkit.fluxcd.io/force': (value) => /^enabled$/i.test(value),
}

/** Whether a deletion of a declared object is what its declaration asks for. */
export function asksForRecreation(declared: Json): boolean {
  return Object.entries(requests).some(([annotation, asks]) => {
    const value = at(declared, 'metadata', 'annotations', annotation)
    return typeof value === 'string' && asks(value)
  })
}
