import { momentOf } from '../../breakglass/moment.ts'
import type { JsonObject } from '../../manifest/json.ts'
import { objectText, resourceText, type RecordedDecision } from './recorded-decision.ts'

/** Newer versions have all that is used here. */
const schemaVersion = '1.3.0'
const applicationActivity = { category_uid: 6, category_name: 'Application Activity' } as const
const apiActivity = { class_uid: 6003, class_name: 'API Activity' } as const

const activities: Readonly<Record<string, { readonly id: number; readonly name: string }>> = {
  CREATE: { id: 1, name: 'Create' },
  UPDATE: { id: 3, name: 'Update' },
  DELETE: { id: 4, name: 'Delete' },
}

/** A decision as *API Activity* (6003) with the profile `security_control`. */
export function toOcsf(one: RecordedDecision, product: { readonly version: string }): JsonObject {
  const activity = activities[one.op] ?? { id: 99, name: one.op }
  return {
    ...applicationActivity,
    ...apiActivity,
    activity_id: activity.id,
    activity_name: activity.name,
    type_uid: apiActivity.class_uid * 100 + activity.id,
    type_name: `${apiActivity.class_name}: ${activity.name}`,
    time: momentOf(one.time) ?? 0,
    ...outcomeOf(one),
    message: messageOf(one),
    metadata: {
      version: schemaVersion,
      profiles: ['security_control'],
      product: { name: 'solewriter', vendor_name: 'solewriter', version: product.version },
      // Another one for each record; calls about the same request share the other.
      uid: `${one.writer}/${one.seq}`,
      correlation_uid: one.decisionId,
      original_time: one.time,
      sequence: one.seq,
    },
    actor: { user: userOf(one) },
    api: {
      operation: one.op.toLowerCase(),
      version: one.version,
      request: { uid: one.requestUid },
      service: { name: 'kube-apiserver', uid: one.cluster },
      ...(one.group === '' ? {} : { group: { name: one.group } }),
    },
    // Whoever asks us does not say: it is in the API server's own audit log.
    src_endpoint: { name: 'unknown' },
    resources: [resourceOf(one)],
    policy: { uid: one.policy, ...(one.rule === '' ? {} : { name: one.rule }) },
    unmapped: unmappedOf(one),
  }
}

/** An allow is no success yet: others may still refuse what we admitted. */
function outcomeOf(one: RecordedDecision): JsonObject {
  const isAllowed = one.decision === 'allow'
  const disposition = one.wouldDeny
    ? { disposition_id: 17, disposition: 'Logged' }
    : isAllowed
      ? { disposition_id: 1, disposition: 'Allowed' }
      : { disposition_id: 2, disposition: 'Blocked' }
  return {
    ...(isAllowed ? { action_id: 1, action: 'Allowed' } : { action_id: 2, action: 'Denied' }),
    ...disposition,
    ...(isAllowed ? { status_id: 99, status: 'Admitted' } : { status_id: 2, status: 'Failure' }),
    status_code: one.reason,
    ...severityOf(one),
  }
}

export function severityOf({ reason, decision, wouldDeny }: RecordedDecision): {
  readonly severity_id: number
  readonly severity: string
} {
  if (reason === 'BreakGlass') return { severity_id: 3, severity: 'Medium' }
  return decision === 'deny' || wouldDeny
    ? { severity_id: 2, severity: 'Low' }
    : { severity_id: 1, severity: 'Informational' }
}

export function messageOf(one: RecordedDecision): string {
  const verdict = one.wouldDeny
    ? 'would be denied'
    : one.decision === 'allow'
      ? 'admitted'
      : 'denied'
  const object = objectText(one)
  const what = `${one.op.toLowerCase()} ${resourceText(one)}${object === '' ? '' : ` ${object}`}`
  return `${what} by ${one.user} ${verdict}: ${one.reason}`
}

function userOf({ user, uid, groups, cred }: RecordedDecision): JsonObject {
  return {
    name: user,
    ...(uid === '' ? {} : { uid }),
    ...(cred === '' ? {} : { credential_uid: cred }),
    groups: groups.map((name) => ({ name })),
  }
}

function resourceOf(one: RecordedDecision): JsonObject {
  return {
    type: resourceText(one),
    name: one.name,
    ...(one.ns === '' ? {} : { namespace: one.ns }),
    ...(one.objUid === '' ? {} : { uid: one.objUid }),
  }
}

function unmappedOf({ git, idClass, mode, dryRun, paths }: RecordedDecision): JsonObject {
  return {
    identity_class: idClass,
    mode,
    dry_run: dryRun,
    changed_paths: [...paths],
    ...(git === undefined ? {} : { git: { ...git } }),
  }
}
