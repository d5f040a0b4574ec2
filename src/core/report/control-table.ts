import type { NumberName } from './numbers.ts'

/** What has to be there, and as it should be, before an item counts as shown. */
export type Need =
  | 'records'
  | 'population'
  | 'enforcement'
  | 'authors'
  | 'break-glass'
  | 'uses-recorded'
  | 'second-person'

/** Sections of the report, as its page names them. */
type SectionId = 'completeness' | 'changes' | 'break-glass' | 'denials' | 'unseen'

export interface EvidencedItem {
  readonly what: string
  readonly section: SectionId
  readonly numbers: readonly NumberName[]
  readonly needs: readonly Need[]
}

interface OpenItem {
  readonly what: string
  /** Who has to show it. */
  readonly by: string
}

export interface Control {
  readonly framework: string
  readonly control: string
  /** What it asks for, in our words. */
  readonly asks: string
  readonly evidenced: readonly EvidencedItem[]
  readonly notEvidenced: readonly OpenItem[]
}

const everyChange: EvidencedItem = {
  what: 'Every change of the cluster is listed, with the commit that shows it or the ground on which it passed',
  section: 'changes',
  numbers: ['changes', 'changes_from_git', 'commits'],
  needs: ['records', 'population'],
}

const refused: EvidencedItem = {
  what: 'What no commit, exception or grant covers was refused',
  section: 'denials',
  numbers: ['denied', 'changes_not_enforced'],
  needs: ['records', 'enforcement'],
}

const emergencies: EvidencedItem = {
  what: 'Each emergency change has a named person, an incident, a reason, and what was changed',
  section: 'break-glass',
  numbers: ['grants', 'uses', 'uses_without_record', 'records_without_use'],
  needs: ['break-glass', 'records', 'uses-recorded'],
}

const aftermath: EvidencedItem = {
  what: 'What became of each emergency change in Git, how long that took, and who reviewed it',
  section: 'break-glass',
  numbers: ['uses_open', 'longest_open_seconds', 'post_mortems_open', 'post_mortems_overdue'],
  needs: ['break-glass'],
}

const secondPerson: EvidencedItem = {
  what: 'Nobody approved or reviewed a grant of their own',
  section: 'break-glass',
  numbers: ['approvals_by_holder', 'reviews_by_holder'],
  needs: ['break-glass', 'second-person'],
}

const authorship: EvidencedItem = {
  what: 'The author that each commit names',
  section: 'changes',
  numbers: ['commits'],
  needs: ['authors', 'records'],
}

const intact: EvidencedItem = {
  what: 'Records are chained and signed, and were found as they were written',
  section: 'completeness',
  numbers: ['chains', 'chain_problems', 'unrecorded'],
  needs: ['records'],
}

const merge: OpenItem = {
  what: 'That a second person approved each merge, and that its tests passed',
  by: 'the Git host: branch protection, pull requests, CI results of the commits listed',
}

const identity: OpenItem = {
  what: 'That the author of a commit is who it says',
  by: 'the Git host: accounts, signed commits',
}

const retention: OpenItem = {
  what: 'That records are kept for twelve months, and who can reach the files',
  by: 'whoever runs the store that records are copied to',
}

/** Controls that auditors ask about, each with what a report shows of it and what it does not. */
export const controlTable: readonly Control[] = [
  {
    framework: 'SOC 2',
    control: 'CC8.1',
    asks: 'Changes are authorised, documented, tested and approved before they are made; emergency changes too, if need be afterwards.',
    evidenced: [everyChange, refused, authorship, emergencies, aftermath, secondPerson],
    notEvidenced: [
      merge,
      identity,
      {
        what: 'Why a planned change was made, and its design',
        by: 'the issue tracker that commits refer to',
      },
    ],
  },
  {
    framework: 'PCI DSS 4.0.1',
    control: '6.5.1',
    asks: 'Changes in production follow a procedure: reason, security impact, approval, testing, and a way back.',
    evidenced: [everyChange, emergencies, aftermath],
    notEvidenced: [
      merge,
      {
        what: 'Reason and security impact of a planned change',
        by: 'the pull request or ticket of the commit',
      },
      { what: 'That the way back was tried', by: 'your procedures and drills' },
    ],
  },
  {
    framework: 'PCI DSS 4.0.1',
    control: '10.2, 10.3, 10.5.1',
    asks: 'Administrative actions are logged with who, what, when, where and with what result; the logs are protected and kept.',
    evidenced: [
      {
        what: 'Each write has a user, an operation, an object, a time and an answer',
        section: 'changes',
        numbers: ['decisions', 'admitted', 'denied'],
        needs: ['records', 'population'],
      },
      intact,
    ],
    notEvidenced: [
      retention,
      { what: 'From which address a request came', by: 'the audit log of the API server' },
      { what: 'Reads, and logins', by: 'the audit log of the API server, the identity provider' },
      { what: 'That the clocks of the nodes agree (10.6)', by: 'whoever runs the nodes' },
    ],
  },
  {
    framework: 'ISO/IEC 27001:2022',
    control: 'A.8.32',
    asks: 'Changes of systems follow change management, emergency changes included.',
    evidenced: [everyChange, refused, emergencies, aftermath],
    notEvidenced: [
      merge,
      { what: 'Planning, impact and communication of changes', by: 'your change management' },
    ],
  },
  {
    framework: 'NIST SP 800-53 r5',
    control: 'CM-5(1)',
    asks: 'Access restrictions on changes are enforced by a mechanism, which records what it enforced.',
    evidenced: [refused, everyChange, intact],
    notEvidenced: [
      {
        what: 'Who may change the webhook configuration, the policy and RBAC',
        by: 'an export of RBAC, and the history of the policy in Git',
      },
      {
        what: 'What never was a request: a write to etcd, a restored backup',
        by: 'whoever runs the control plane',
      },
    ],
  },
  {
    framework: 'NIST SP 800-53 r5',
    control: 'AC-3(10)',
    asks: 'Overrides of access control are audited, under defined conditions and by defined roles.',
    evidenced: [emergencies, aftermath, secondPerson],
    notEvidenced: [
      {
        what: 'Which roles may break the glass, and that somebody agreed to that',
        by: 'the policy file in Git, with its approvals',
      },
      {
        what: 'Who holds the keys that sign tokens, and when they were changed',
        by: 'whoever keeps the keys',
      },
      {
        what: 'Writes while the webhook was switched off (emergency off)',
        by: 'the list of unseen writes, with an audit log of the API server',
      },
    ],
  },
]
