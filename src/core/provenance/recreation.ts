import { at, type Json } from '../manifest/json.ts'

/**
 * Annotations by which a manifest asks its engine to delete the object and create it anew: hooks run
 * again and again, and some objects cannot be changed in place.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/
 * https://helm.sh/docs/topics/charts_hooks/
 */
const requests: Readonly<Record<string, (value: string) => boolean>> = {
  'argocd.argoproj.io/hook': (value) => value !== '' && value !== 'Skip',
  'argocd.argoproj.io/sync-options': (value) =>
    value.split(',').some((option) => /^(?:Force|Replace)=true$/.test(option.trim())),
  'helm.sh/hook': (value) => value !== '' && value !== 'crd-install',
}

/** Whether a deletion of a declared object is what its declaration asks for. */
export function asksForRecreation(declared: Json): boolean {
  return Object.entries(requests).some(([annotation, asks]) => {
    const value = at(declared, 'metadata', 'annotations', annotation)
    return typeof value === 'string' && asks(value)
  })
}

/**
 * By which a manifest asks Flux for the same, where it cannot be changed in place.
 * https://fluxcd.io/flux/components/kustomize/kustomizations/#controlling-the-apply-behavior-of-resources
 */
export function asksForForce(declared: Json): boolean {
  const value = at(declared, 'metadata', 'annotations', 'kustomize.toolkit.fluxcd.io/force')
  return typeof value === 'string' && /^enabled$/i.test(value)
}
