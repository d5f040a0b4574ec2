/** Where a claim may be read from. */
export const evidenceKinds = ['oidc', 'argo-cd', 'flux', 'annotation'] as const
export type Evidence = (typeof evidenceKinds)[number]

/** Whether the engine's own objects say what it applies. */
export function isOfEngine(evidence: string): boolean {
  return evidence === 'flux' || evidence === 'argo-cd'
}
