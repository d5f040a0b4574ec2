import type { AdmissionAnswer } from '../admission/response.ts'
import type { Decision } from './decision.ts'
import { denialText, plain } from './message.ts'

/** What goes back for a decision; a denial that the mode turned into an allow warns under `warn`. */
export function toAnswer(
  { verdict, allowed, mode, id }: Decision,
  auditAnnotations: AdmissionAnswer['auditAnnotations'],
): AdmissionAnswer {
  if (verdict.kind === 'allow') {
    const warnings = verdict.notice === undefined ? [] : [plain(verdict.notice)]
    return { allowed, message: '', causes: [], warnings, auditAnnotations }
  }
  const text = denialText(verdict, id)
  if (!allowed) {
    return {
      allowed,
      message: text,
      causes: verdict.paths.map(plain),
      warnings: [],
      auditAnnotations,
    }
  }
  const warnings = mode === 'warn' ? [text] : []
  return { allowed, message: '', causes: [], warnings, auditAnnotations }
}
