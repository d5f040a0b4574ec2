import { at, stringAt, type Json } from '../manifest/json.ts'
import { breakGlassFits } from './break-glass-rules.ts'
import { labelsFit, releasesFit, rootsAreUnique } from './derived-rules.ts'
import { rowsNameFields } from './field-rules.ts'
import type { Finding } from './issue.ts'
import {
  duplicates,
  duplicateSubjects,
  takenExceptionNames,
  takenWriterNames,
} from './name-rules.ts'
import { accountsFit, bringsItself, isWhole, presetSubjectFits } from './preset-rules.ts'
import {
  authFitsUrl,
  branchesAreUnique,
  duplicateUrls,
  sourcesFit,
  staleBeforePolled,
} from './repository-rules.ts'
import {
  impersonatedFits,
  oidcFits,
  podBoundFits,
  presetEvidenceFits,
  repositoriesExist,
} from './writer-rules.ts'
import { perItem, type Findings } from './written.ts'

/**
 * What holds between fields. Read from the policy as it was written, not as it was parsed, so that
 * a fault elsewhere does not hide these; a value of the wrong type is the schema's to report.
 */
export function brokenRules(policy: Json): readonly Finding[] {
  const spec = at(policy, 'spec')
  return rules.flatMap((rule) => [...rule(spec)])
}

type Rule = (spec: Json | undefined) => Findings

const rules: readonly Rule[] = [
  (spec) => duplicates(spec, 'repositories', (one) => stringAt(one, 'name')),
  (spec) => duplicates(spec, 'derived', (one) => stringAt(one, 'name')),
  takenWriterNames,
  takenExceptionNames,
  duplicateUrls,
  (spec) => perItem(spec, 'repositories', branchesAreUnique),
  (spec) => perItem(spec, 'repositories', sourcesFit),
  (spec) => perItem(spec, 'repositories', staleBeforePolled),
  (spec) => perItem(spec, 'repositories', authFitsUrl),
  duplicateSubjects,
  (spec) => perItem(spec, 'writers', isWhole(['name', 'subject', 'evidence'])),
  (spec) => perItem(spec, 'writers', bringsItself(['subject'])),
  (spec) => perItem(spec, 'writers', accountsFit),
  (spec) => perItem(spec, 'writers', presetEvidenceFits),
  (spec) => perItem(spec, 'writers', (writer, path) => repositoriesExist(spec, writer, path)),
  (spec) => perItem(spec, 'writers', podBoundFits),
  (spec) => perItem(spec, 'writers', impersonatedFits),
  (spec) => perItem(spec, 'writers', oidcFits),
  (spec) => perItem(spec, 'exceptions', isWhole(['name', 'subject', 'allow', 'reason'])),
  (spec) => perItem(spec, 'exceptions', bringsItself(['subject', 'allow'])),
  (spec) => perItem(spec, 'exceptions', accountsFit),
  (spec) => perItem(spec, 'exceptions', presetSubjectFits),
  (spec) => perItem(spec, 'exceptions', rowsNameFields),
  (spec) => perItem(spec, 'derived', rowsNameFields),
  (spec) => perItem(spec, 'derived', labelsFit),
  (spec) => perItem(spec, 'derived', releasesFit),
  rootsAreUnique,
  breakGlassFits,
]
