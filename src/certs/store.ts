/**
 * An authority and the leaf it signed, as PEM texts. A text that is not there is empty. The shape
 * is that of a Secret with four keys, so that any store can keep it without knowing X.509.
 */
export interface CertificateMaterial {
  /** The present authority first, then those before it that are still trusted. */
  readonly caBundlePem: string
  /** Of the present authority. Those before it have lost theirs. */
  readonly caKeyPem: string
  /** The leaf, then what a peer needs that only knows the authority before the present one. */
  readonly certificatePem: string
  readonly keyPem: string
}

export interface StoredMaterial {
  readonly material: CertificateMaterial
  /** Opaque; of a Secret its resourceVersion. */
  readonly version: string
}

/** Optimistic concurrency: of several writers that saw the same version, one gets to save. */
export interface AuthorityStore {
  load(): Promise<StoredMaterial | undefined>
  /** `previousVersion` is what `load` gave; undefined means that there must be nothing yet. */
  save(
    next: CertificateMaterial,
    previousVersion: string | undefined,
  ): Promise<'saved' | 'conflict'>
}
