/** What is worth waking somebody for, and what is worth a look in the morning. */
export interface Alert {
  readonly name: string
  readonly severity: 'critical' | 'warning' | 'info'
  readonly expr: string
  readonly for?: string
  readonly summary: string
  /** What it means, and what to do. */
  readonly description: string
}

export interface AlertGroup {
  readonly name: string
  readonly alerts: readonly Alert[]
}

/** A counter that has grown, also when its first count is all there is. */
function grew(metric: string, window: string): string {
  return `increase(${metric}[${window}]) > 0 or (${metric} > 0 unless ${metric} offset ${window})`
}

const guard: readonly Alert[] = [
  {
    name: 'SolewriterSelfcheckFailed',
    severity: 'critical',
    expr: 'min(solewriter_selfcheck_ok) == 0',
    for: '30s',
    summary: 'the webhook configuration is not as it has to be',
    description:
      'Somebody has changed or removed it, something may change our own objects, or the controller cannot look. GET /readyz of the controller says what; so does solewriter doctor.',
  },
  {
    name: 'SolewriterConfigurationFault',
    severity: 'critical',
    expr: 'max by (fault) (solewriter_webhook_configuration_faults) > 0',
    for: '30s',
    summary: 'fault {{ $labels.fault }} of the webhook configuration',
    description: 'solewriter doctor names field, value and fix.',
  },
  {
    name: 'SolewriterEmergency',
    severity: 'critical',
    expr: 'max(solewriter_emergency) == 1',
    summary: 'an operator has switched solewriter off',
    description: 'No write is asked about until solewriter emergency on.',
  },
  {
    name: 'SolewriterBypassDetected',
    severity: 'critical',
    expr: grew('solewriter_bypass_detected_total', '15m'),
    summary: 'a write was stored past the webhook ({{ $labels.why }})',
    description:
      'solewriter postmortem list has it; what was written without the webhook being asked, or let pass while it did not answer.',
  },
  {
    name: 'SolewriterNoController',
    severity: 'critical',
    expr: 'sum(solewriter_controller_leading) < 1 or absent(solewriter_controller_leading)',
    for: '2m',
    summary: 'no controller is active',
    description:
      'Certificates, grants, post-mortems and events are left alone, and nobody looks at the webhook configuration.',
  },
  {
    name: 'SolewriterDangerousRights',
    severity: 'warning',
    expr: 'max by (check) (solewriter_lint_findings{severity="problem"}) > 0',
    for: '15m',
    summary: 'problems found by the check {{ $labels.check }}',
    description: 'solewriter doctor names each, with a way to mend it.',
  },
  {
    name: 'SolewriterLintBlind',
    severity: 'warning',
    expr: 'max by (check) (solewriter_lint_findings{severity="unknown"}) > 0',
    for: '30m',
    summary: 'the check {{ $labels.check }} cannot be made',
    description:
      'The controller may not read something, or an API does not answer: solewriter doctor says what.',
  },
]

const records: readonly Alert[] = [
  {
    name: 'SolewriterRecordsNotWritten',
    severity: 'critical',
    expr: grew('solewriter_audit_wal_errors_total', '5m'),
    summary: 'records of decisions cannot be written',
    description: 'Writes are refused with AuditFailed until there is room on the volume again.',
  },
  {
    name: 'SolewriterReserveSpent',
    severity: 'critical',
    expr: 'min by (instance) (solewriter_audit_reserve_bytes) == 0',
    for: '1m',
    summary: 'the space kept for break-glass records is gone on {{ $labels.instance }}',
    description:
      'The volume of the records is full. Make room on it, or lower --records-size: the space is taken back within ten seconds.',
  },
  {
    name: 'SolewriterCheckpointOld',
    severity: 'critical',
    expr: 'solewriter_audit_checkpoint_age_seconds > 300',
    for: '1m',
    summary: 'the newest checkpoint of a chain is older than five minutes',
    description:
      'What was recorded since is held together by hashes alone. GET /readyz of serve says why.',
  },
  {
    name: 'SolewriterExportLag',
    severity: 'warning',
    expr: 'max by (sink) (solewriter_audit_export_lag_seconds) > 300',
    for: '5m',
    summary: 'records do not reach {{ $labels.sink }}',
    description: 'They stay on the volume of their replica until they do.',
  },
  {
    name: 'SolewriterExportLost',
    severity: 'critical',
    expr: grew('solewriter_audit_export_lost_files_total', '15m'),
    summary: 'records were removed before {{ $labels.sink }} had them',
    description:
      'Keep more of them on the volume (--records-keep, --records-size), and find out why the sink lags.',
  },
  {
    name: 'SolewriterAuditWebhookSilent',
    severity: 'warning',
    expr: 'time() - max(solewriter_audit_last_batch_timestamp_seconds > 0) > 900',
    for: '5m',
    summary: 'the API server has sent no audit events for a quarter of an hour',
    description:
      'Writes past the webhook are not noticed meanwhile: see the audit webhook of the API server.',
  },
  {
    name: 'SolewriterAuditBatchesRefused',
    severity: 'warning',
    expr: grew('solewriter_audit_batches_refused_total', '15m'),
    summary: 'audit events were refused ({{ $labels.reason }})',
    description: 'The API server sends them again for a while, and drops them then.',
  },
]

const serving: readonly Alert[] = [
  {
    name: 'SolewriterAbsent',
    severity: 'critical',
    expr: 'absent(solewriter_policy_info)',
    for: '2m',
    summary: 'nothing of solewriter is scraped',
    description: 'No replica runs, or none is scraped: every other alert here is silent too.',
  },
  {
    name: 'SolewriterOverloaded',
    severity: 'warning',
    expr: 'sum(rate(solewriter_rejected_total{reason="overload"}[5m])) > 0',
    for: '5m',
    summary: 'reviews are turned away',
    description: 'The API server asks again; add replicas or CPU.',
  },
  {
    name: 'SolewriterSlow',
    severity: 'warning',
    expr: 'histogram_quantile(0.99, sum by (le) (rate(solewriter_review_duration_seconds_bucket[5m]))) > 2',
    for: '10m',
    summary: 'one review in a hundred takes more than two seconds',
    description:
      'Writers may wait for a fetch of their commit; people should not. See mirrors, CPU and the event loop.',
  },
  {
    name: 'SolewriterReviewsFailed',
    severity: 'warning',
    expr: grew('solewriter_review_failures_total', '10m'),
    summary: 'reviews were answered without a decision ({{ $labels.reason }})',
    description: 'Each of them was refused where the scope enforces. The log says why.',
  },
  {
    name: 'SolewriterCallersRefused',
    severity: 'warning',
    expr: 'sum by (reason) (rate(solewriter_caller_refused_total[5m])) > 0',
    for: '5m',
    summary: 'somebody who is not the API server asks ({{ $labels.reason }})',
    description: 'A scan of the port, or an API server whose client certificate has ended.',
  },
  {
    name: 'SolewriterCallersUnknown',
    severity: 'info',
    expr: 'max(solewriter_caller_authentication{mode="none"}) == 1',
    for: '1h',
    summary: 'callers are not authenticated',
    description: 'Use the component mtls of the manifests: docs/install.md.',
  },
  {
    name: 'SolewriterCertificateEnds',
    severity: 'warning',
    expr: 'min by (certificate) (solewriter_certificate_expiry_timestamp_seconds) - time() < 7 * 86400',
    for: '1h',
    summary: 'the {{ $labels.certificate }} certificate ends within a week',
    description:
      'It should have been renewed long ago: see the log of the controller, or who renews it.',
  },
]

const git: readonly Alert[] = [
  {
    name: 'SolewriterMirrorStale',
    severity: 'critical',
    expr: 'max by (repository) (solewriter_mirror_stale) == 1',
    for: '5m',
    summary: 'the mirror of {{ $labels.repository }} proves nothing any more',
    description:
      'Its writers are refused with MirrorStale: see network and credentials of the Git host.',
  },
  {
    name: 'SolewriterManifestsUnread',
    severity: 'warning',
    expr: 'max by (repository) (solewriter_manifests_unread) > 0',
    for: '15m',
    summary: 'manifests of {{ $labels.repository }} cannot be read',
    description: 'What they declare is refused: solewriter declared names file and line.',
  },
  {
    name: 'SolewriterPolicyRefused',
    severity: 'warning',
    expr: grew('solewriter_policy_refused_total', '15m'),
    summary: 'a changed policy was not taken',
    description: 'The last good one stays in force: solewriter policy check says what is wrong.',
  },
  {
    name: 'SolewriterPoliciesDiffer',
    severity: 'warning',
    expr: 'count(count by (hash) (solewriter_policy_info)) > 1',
    for: '10m',
    summary: 'replicas decide by different policies',
    description: 'One of them did not take the newest: see its log.',
  },
  {
    name: 'SolewriterEngineBlind',
    severity: 'warning',
    expr: 'max by (kind) (solewriter_engine_watch_blind_seconds) > 120',
    for: '2m',
    summary: 'changes of {{ $labels.kind }} may be missed',
    description: 'Writes of the engine are decided by live reads, or refused.',
  },
  {
    name: 'SolewriterDefaultsNotMeasured',
    severity: 'info',
    expr: 'min by (version) (solewriter_defaults_catalogue_exact) == 0',
    for: '1h',
    summary: 'the defaults of this Kubernetes version are not known ({{ $labels.version }})',
    description: 'What the newest known version does not explain is refused: use a newer release.',
  },
]

const breakGlass: readonly Alert[] = [
  {
    name: 'SolewriterBreakGlassUsed',
    severity: 'info',
    expr: grew(
      'solewriter_decisions_total{class="human",decision="allow",reason="BreakGlass"}',
      '10m',
    ),
    summary: 'somebody writes under break-glass',
    description:
      'solewriter postmortem list has it. The sinks of the policy have been told already.',
  },
  {
    name: 'SolewriterOutboxStuck',
    severity: 'critical',
    expr: 'max by (sink) (solewriter_outbox_oldest_seconds) > 300',
    for: '2m',
    summary: '{{ $labels.sink }} has not been told of events for five minutes',
    description: 'They are told once it answers again: see the log of the controller.',
  },
  {
    name: 'SolewriterHoldsUnknown',
    severity: 'warning',
    expr: grew('solewriter_holds_unknown_total', '10m'),
    summary: 'engines may have undone what was done under break-glass',
    description: 'It was not known which uses they had to leave alone: see the log of serve.',
  },
]

export const alertGroups: readonly AlertGroup[] = [
  { name: 'solewriter-guard', alerts: guard },
  { name: 'solewriter-records', alerts: records },
  { name: 'solewriter-serving', alerts: serving },
  { name: 'solewriter-git', alerts: git },
  { name: 'solewriter-break-glass', alerts: breakGlass },
]
