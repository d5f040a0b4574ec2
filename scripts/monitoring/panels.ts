interface Query {
  readonly expr: string
  /** `{{reason}}`: labels of the series. */
  readonly legend: string
  /** A table shows what is now. */
  readonly isInstant?: boolean
}

export interface Panel {
  readonly title: string
  readonly kind: 'stat' | 'timeseries' | 'table'
  readonly unit: 'short' | 's' | 'reqps' | 'bytes' | 'bool'
  readonly queries: readonly Query[]
  /** Of 24. */
  readonly width: number
  /** From this value on it is red; below it green. `down`: the other way round. */
  readonly alarm?: { readonly at: number; readonly isDown?: boolean }
}

export interface Row {
  readonly title: string
  readonly panels: readonly Panel[]
}

function stat(
  title: string,
  expr: string,
  alarm: Panel['alarm'],
  unit: Panel['unit'] = 'short',
): Panel {
  const queries = [{ expr, legend: '', isInstant: true }]
  return { title, kind: 'stat', unit, queries, width: 4, ...(alarm === undefined ? {} : { alarm }) }
}

function series(title: string, unit: Panel['unit'], ...queries: readonly Query[]): Panel {
  return { title, kind: 'timeseries', unit, queries, width: 12 }
}

export const rows: readonly Row[] = [
  {
    title: 'Guard',
    panels: [
      stat('Selfcheck', 'min(solewriter_selfcheck_ok)', { at: 1, isDown: true }),
      stat('Emergency', 'max(solewriter_emergency)', { at: 1 }),
      stat('Active controllers', 'sum(solewriter_controller_leading)', { at: 1, isDown: true }),
      stat(
        'Configuration faults',
        'sum(max by (fault) (solewriter_webhook_configuration_faults))',
        { at: 1 },
      ),
      stat('Lint problems', 'sum(max by (check) (solewriter_lint_findings{severity="problem"}))', {
        at: 1,
      }),
      stat('Writes past the webhook', 'sum(solewriter_bypass_detected_total) or vector(0)', {
        at: 1,
      }),
      {
        title: 'What is weak',
        kind: 'table',
        unit: 'short',
        width: 12,
        queries: [
          {
            expr: 'max by (check, severity) (solewriter_lint_findings) > 0',
            legend: '{{check}} {{severity}}',
            isInstant: true,
          },
        ],
      },
      {
        title: 'Policies and modes in force',
        kind: 'table',
        unit: 'short',
        width: 12,
        queries: [
          {
            expr: 'count by (hash, mode) (solewriter_policy_info)',
            legend: '{{mode}} {{hash}}',
            isInstant: true,
          },
        ],
      },
    ],
  },
  {
    title: 'Decisions',
    panels: [
      series('Allowed, by reason', 'reqps', {
        expr: 'sum by (reason) (rate(solewriter_decisions_total{decision="allow"}[$__rate_interval]))',
        legend: '{{reason}}',
      }),
      series('Denied, or would be', 'reqps', {
        expr: 'sum by (decision, reason) (rate(solewriter_decisions_total{decision!="allow"}[$__rate_interval]))',
        legend: '{{decision}} {{reason}}',
      }),
      series('By whom', 'reqps', {
        expr: 'sum by (class) (rate(solewriter_decisions_total[$__rate_interval]))',
        legend: '{{class}}',
      }),
      series(
        'Time of a review',
        's',
        ...['0.5', '0.99'].map((quantile) => ({
          expr: `histogram_quantile(${quantile}, sum by (le) (rate(solewriter_review_duration_seconds_bucket[$__rate_interval])))`,
          legend: `p${Number(quantile) * 100}`,
        })),
      ),
      series(
        'Load',
        'short',
        { expr: 'sum(solewriter_reviews_in_flight)', legend: 'in flight' },
        { expr: 'sum(solewriter_reviews_queued)', legend: 'queued' },
      ),
      series(
        'Not decided',
        'reqps',
        {
          expr: 'sum by (reason) (rate(solewriter_rejected_total[$__rate_interval]))',
          legend: '{{reason}}',
        },
        {
          expr: 'sum by (reason) (rate(solewriter_review_failures_total[$__rate_interval]))',
          legend: 'failed: {{reason}}',
        },
      ),
    ],
  },
  {
    title: 'Git and engines',
    panels: [
      series('Age of mirrors', 's', {
        expr: 'max by (repository) (solewriter_mirror_age_seconds)',
        legend: '{{repository}}',
      }),
      series('Manifests that cannot be read', 'short', {
        expr: 'max by (repository) (solewriter_manifests_unread)',
        legend: '{{repository}}',
      }),
      series('Engines: silence of the watch', 's', {
        expr: 'max by (kind) (solewriter_engine_watch_silent_seconds)',
        legend: '{{kind}}',
      }),
      series('Push notifications', 'reqps', {
        expr: 'sum by (repository, outcome) (rate(solewriter_push_notifications_total[$__rate_interval]))',
        legend: '{{repository}} {{outcome}}',
      }),
    ],
  },
  {
    title: 'Records and break-glass',
    panels: [
      series('Age of the newest checkpoint', 's', {
        expr: 'max(solewriter_audit_checkpoint_age_seconds)',
        legend: 'oldest chain',
      }),
      series('Records, per second', 'reqps', {
        expr: 'sum(rate(solewriter_audit_chain_head[$__rate_interval]))',
        legend: 'records',
      }),
      series('Copies of records: lag', 's', {
        expr: 'max by (sink) (solewriter_audit_export_lag_seconds)',
        legend: '{{sink}}',
      }),
      series('Events of the audit webhook', 'reqps', {
        expr: 'sum by (outcome) (rate(solewriter_audit_events_total[$__rate_interval]))',
        legend: '{{outcome}}',
      }),
      series('Uses of break-glass', 'reqps', {
        expr: 'sum(rate(solewriter_decisions_total{reason="BreakGlass"}[$__rate_interval]))',
        legend: 'uses',
      }),
      series('Sinks: oldest event to be told', 's', {
        expr: 'max by (sink) (solewriter_outbox_oldest_seconds)',
        legend: '{{sink}}',
      }),
    ],
  },
  {
    title: 'Processes',
    panels: [
      series('Memory', 'bytes', {
        expr: 'process_resident_memory_bytes and on (instance) solewriter_policy_info',
        legend: '{{instance}}',
      }),
      series('Time until certificates end', 's', {
        expr: 'min by (certificate) (solewriter_certificate_expiry_timestamp_seconds) - time()',
        legend: '{{certificate}}',
      }),
    ],
  },
]
