interface Definition {
  readonly title: string
  /** How it is made anew from the exports. */
  readonly how: string
}

/** Every number of a report, in its order. */
export const numberDefinitions = {
  records: {
    title: 'Records of decisions',
    how: 'sum of records in changes.csv, denials.csv and dry-runs.csv',
  },
  decisions: { title: 'Decisions', how: 'rows of changes.csv and denials.csv' },
  dry_runs: { title: 'Dry runs, counted apart', how: 'rows of dry-runs.csv' },
  admitted: { title: 'Admitted', how: 'rows of changes.csv' },
  unchanged: {
    title: 'Of these, writes that change nothing',
    how: 'changes.csv, ground is unchanged',
  },
  changes: { title: 'Changes', how: 'changes.csv, ground is not unchanged' },
  changes_from_git: { title: 'Changes that a commit shows', how: 'changes.csv, ground is git' },
  commits: {
    title: 'Commits that they came from',
    how: 'distinct repository and commit in changes.csv, ground is git',
  },
  changes_under_break_glass: {
    title: 'Changes under break-glass',
    how: 'changes.csv, ground is break-glass',
  },
  changes_by_exception: {
    title: 'Changes under an exception',
    how: 'changes.csv, ground is exception',
  },
  changes_of_own_objects: {
    title: 'Grants, approvals and objects of our own',
    how: 'changes.csv, ground is own-object',
  },
  changes_out_of_scope: {
    title: 'Changes that no scope covers',
    how: 'changes.csv, ground is out-of-scope',
  },
  changes_not_enforced: {
    title: 'Changes that only the mode let through',
    how: 'changes.csv, ground is not-enforced',
  },
  denied: { title: 'Denied', how: 'rows of denials.csv' },
  grants: { title: 'Break-glass grants of the period', how: 'rows of grants.csv' },
  grants_created: { title: 'Of these, created in it', how: 'grants.csv, created_in_period is yes' },
  grants_unused: {
    title: 'Of these, without any use',
    how: 'grants.csv, created_in_period is yes and uses is 0',
  },
  approvals: { title: 'Approvals that counted', how: 'approvals.csv, counted is yes' },
  approvals_by_holder: {
    title: 'Of these, by the holder',
    how: 'approvals.csv, counted is yes and by_holder is yes',
  },
  uses: { title: 'Uses of grants in the period', how: 'uses.csv, in_period is yes' },
  uses_open: {
    title: 'Of these, not resolved',
    how: 'uses.csv, in_period is yes and resolution is empty',
  },
  uses_unnecessary: {
    title: 'Of these, Git had it already',
    how: 'uses.csv, in_period is yes and unnecessary is yes',
  },
  uses_without_record: {
    title: 'Of these, without a record',
    how: 'uses.csv, in_period is yes and has_record is no',
  },
  records_without_use: {
    title: 'Break-glass records without a use',
    how: 'changes.csv, ground is break-glass, decision_id not in uses.csv',
  },
  longest_open_seconds: {
    title: 'Longest time until a use was resolved, in seconds',
    how: 'largest seconds_open in uses.csv, in_period is yes',
  },
  post_mortems_closed: {
    title: 'Post-mortems closed in the period',
    how: 'grants.csv, closed_at in the period',
  },
  post_mortems_open: {
    title: 'Post-mortems still open',
    how: 'grants.csv, post_mortem not empty and closed_at empty',
  },
  post_mortems_overdue: {
    title: 'Of these, overdue',
    how: 'grants.csv, post_mortem not empty, closed_at empty and overdue not empty',
  },
  reviews_by_holder: {
    title: 'Reviews by the holder',
    how: 'grants.csv, reviewer not empty and equal to holder',
  },
  writes_stored: {
    title: 'Writes that the API server stored',
    how: 'counts.written of audit reconcile',
  },
  writes_decided: {
    title: 'Of these, with a decision',
    how: 'counts.decided of audit reconcile',
  },
  writes_exempt: {
    title: 'More writes, left out by matchConditions',
    how: 'counts.exempt of audit reconcile',
  },
  unseen: { title: 'Unseen writes', how: 'unseen.csv, finding is unseen' },
  without_record: {
    title: 'Decisions without a record',
    how: 'unseen.csv, finding is without-record',
  },
  contradictions: {
    title: 'Writes that contradict their record',
    how: 'unseen.csv, finding is contradiction',
  },
  impersonations: {
    title: 'Writes under borrowed names',
    how: 'unseen.csv, finding is impersonation',
  },
  unsure: { title: 'Writes that cannot be told', how: 'unseen.csv, finding is unsure' },
  chains: { title: 'Chains of records', how: 'rows of chains.csv' },
  chain_problems: { title: 'Problems in chains', how: 'problemCount of audit verify' },
  unrecorded: {
    title: 'Decisions that could not be recorded',
    how: 'sum of unrecorded in the records of the period',
  },
} as const satisfies Readonly<Record<string, Definition>>

export type NumberName = keyof typeof numberDefinitions
export const numberNames = Object.keys(numberDefinitions) as readonly NumberName[]

/** Every breakdown of a report, in its order. */
export const groupDefinitions = {
  changes_by_ground: { title: 'Admitted, by ground', how: 'changes.csv by ground' },
  changes_by_repository: {
    title: 'Changes from Git, by repository',
    how: 'changes.csv, ground is git, by repository',
  },
  changes_by_writer: {
    title: 'Changes from Git, by writer',
    how: 'changes.csv, ground is git, by rule',
  },
  changes_by_author: {
    title: 'Changes from Git, by author of the commit',
    how: 'changes.csv, ground is git, by author',
  },
  changes_by_namespace: {
    title: 'Changes, by namespace',
    how: 'changes.csv, ground is not unchanged, by namespace; (cluster) where it is empty',
  },
  changes_by_user: {
    title: 'Changes, by user',
    how: 'changes.csv, ground is not unchanged, by user',
  },
  exceptions_by_rule: {
    title: 'Changes under an exception, by rule',
    how: 'changes.csv, ground is exception, by rule',
  },
  not_enforced_by_reason: {
    title: 'Let through by the mode, by reason',
    how: 'changes.csv, ground is not-enforced, by reason',
  },
  denials_by_reason: { title: 'Denials, by reason', how: 'denials.csv by reason' },
  denials_by_user: { title: 'Denials, by user', how: 'denials.csv by user' },
  grants_by_phase: { title: 'Grants, by phase', how: 'grants.csv by phase' },
  uses_by_resolution: {
    title: 'Uses, by what became of them',
    how: 'uses.csv, in_period is yes, by resolution; Open where it is empty',
  },
} as const satisfies Readonly<Record<string, Definition>>

export type GroupName = keyof typeof groupDefinitions
export const groupNames = Object.keys(groupDefinitions) as readonly GroupName[]
