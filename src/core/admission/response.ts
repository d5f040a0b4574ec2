/** What goes back for one review, before it is JSON. */
export interface AdmissionAnswer {
  readonly allowed: boolean
  /** Shown to the user on a denial, at most 1 KiB. */
  readonly message: string
  /** Field paths for `status.details.causes`, at most 10. */
  readonly causes: readonly string[]
  /** At most 256 runes each: longer ones the API server may cut. */
  readonly warnings: readonly string[]
  /** Keys without a slash: the API server prefixes the webhook's name and allows exactly one. */
  readonly auditAnnotations: Readonly<Record<string, string>>
}

/**
 * The `admission.k8s.io/v1` response. A denial is always 403 Forbidden: on 409, 422 or the words
 * "is immutable" Flux and kubectl delete and recreate the object.
 */
export function toReview(uid: string, answer: AdmissionAnswer): object {
  const { allowed, warnings, auditAnnotations } = answer
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    // What is undefined is left out of the text.
    response: {
      uid,
      allowed,
      status: allowed ? undefined : forbidden(answer),
      warnings: warnings.length > 0 ? warnings.map((warning) => clip(warning, 256)) : undefined,
      auditAnnotations: Object.keys(auditAnnotations).length > 0 ? auditAnnotations : undefined,
    },
  }
}

function forbidden(answer: AdmissionAnswer): object {
  const causes = answer.causes
    .slice(0, 10)
    .map((field) => ({ reason: 'FieldValueForbidden', field }))
  return {
    status: 'Failure',
    code: 403,
    reason: 'Forbidden',
    message: clipBytes(answer.message, 1024),
    ...(causes.length > 0 ? { details: { causes } } : {}),
  }
}

/** Cuts by runes, so that no character is split. */
function clip(text: string, runes: number): string {
  if (text.length <= runes) return text
  const all = Array.from(text)
  return all.length <= runes ? text : all.slice(0, runes - 1).join('') + '…'
}

const ascii = /^[\0-\x7f]*$/

/** Cuts between characters. */
export function clipBytes(text: string, bytes: number): string {
  // To look at it costs less than to encode it.
  if (text.length <= bytes && ascii.test(text)) return text
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytes - 3))
  return read === text.length ? text : text.slice(0, read) + '…'
}
