import type { Reason } from '../decision/reasons.ts'

/** What each reason means, in a sentence: the first one of its section in docs/reasons.md. */
export const reasonWords: Readonly<Record<Reason, string>> = {
  OutOfScope:
    'The first matching scope is off, or the kind is never desired state: Events, and the reviews by which the API server asks about tokens and access.',
  Exception:
    "A row of the built-in table or of the policy's exceptions covers the identity, the resource, the operation, every changed field and its condition. solewriter policy explain shows the rows; docs/exceptions.md lists the built-in ones.",
  NoDesiredStateChange:
    'An update that changes nothing but what the API server keeps itself (resourceVersion, generation; for writers and exceptions also managedFields).',
  VerifiedCommit:
    "A writer's change, and Git shows what its evidence claims, to the level that the policy asks for (verify).",
  BreakGlass: 'An active break-glass grant covers the write, and the use of it is stored.',
  OwnObject:
    'One of our own accounts wrote one of its own few objects: its Lease, the certificate Secret, how a grant or a post-mortem stands.',
  ReviewMalformed: 'What arrived is no admission.k8s.io/v1 AdmissionReview.',
  Sealed: 'The scope is sealed: nothing but the control plane writes there.',
  HumanWrite:
    'Nobody that the policy names, or somebody whom its rows do not cover, changed something.',
  Protected:
    "The object would let somebody switch us off or become a writer: our namespace and roles, roles that give impersonate, escalate, bind or writes to webhook configurations, tokens, certificates and Pods of accounts that the policy or the built-in table names, ways into those Pods (a node's proxy too), bootstrap tokens.",
  UnboundToken:
    'The writer is podBound, and its token is bound to no Pod: somebody minted it, or the automation does not run in this cluster.',
  EvidenceMissing: "None of the writer's providers says which commit the change comes from.",
  EvidenceConflict:
    'Two sources of evidence say different things, or the object belongs to a repository that comes before this one in the policy and declares it too, or may, since one of its sources cannot be read.',
  EvidenceRefused:
    'The evidence says that this does not come from what was merged: a job of another event or branch, or an engine that applies another commit than its object names by id or by tag.',
  RepositoryNotAllowed: 'The claim names a repository that the writer may not apply.',
  CommitMalformed: "The claim's commit is not a full lower-case object id.",
  CommitUnknown:
    'After one fetch, the mirror does not have such a commit: it is not pushed, is on a branch that does not count, belongs to another repository, or is no commit.',
  CommitNotOnBranch: 'The commit exists, and no branch that counts contains it.',
  CommitNotSigned: 'The signature policy asks for more than the commit has.',
  CommitSuperseded:
    'The branch has moved on and says something else about this object: applying the older commit would roll it back.',
  MirrorStale:
    'The last good fetch of the repository is older than maxStaleness, or there was none yet: nothing can be proved. /readyz and the metric solewriter_mirror_stale say which repository; the log says why fetching fails.',
  IndexPending: 'The commit is still being read.',
  NotDeclared:
    'The commit does not declare this object, a file or a source that may was not read (the message names it), it is declared twice (in two files, or on two branches that count), or writers do not do this at all (exec, status, other namespaces).',
  VersionMismatch:
    'The object was written in another API version than Git declares, so their fields cannot be compared.',
  ContentMismatch:
    'A field that the write adds, changes or removes is not what Git declares, and neither a default of the API server nor anything else explains it.',
  StillDeclared:
    'A deletion of what Git still declares, or of something with which a declared object would go: a Namespace, a definition, an owner that the declaration names by its uid.',
  ReconcileHeld:
    'A writer would undo what was done under a break-glass grant, and Git says about it what it said then.',
  TokenRefused:
    'A grant cannot be created, in any mode: its token breaks the rule that the message names.',
  GrantOutOfScope:
    'You have a grant, and this write is outside of it: another object, operation or field (the message and status.details.causes name the fields), or you came with another certificate or kind of token than the grant was activated with. kubectl get breakglassgrants -o yaml shows the scope.',
  GrantExhausted: 'Your grant covers the write and has no uses left.',
  GrantEnded:
    'Your grant covered the write and is over: it has expired, was ended or revoked, nobody approved it in time, its key is not trusted any more, or the policy has locked down break-glass.',
  GrantPending:
    'Your grant covers the write and waits for approvals; the message says if and from when on you may go on without them.',
  RecordFailed:
    'The use of a grant has to be stored before the write is let through, and it could not be, or your grants could not be read.',
  AuditFailed: 'The record of an allow could not be written, so it was not given.',
  DeadlineExceeded: "No decision was reached before the API server's timeout.",
  Unready: 'The gate is not ready to decide.',
  InternalError: 'Something failed inside.',
}

const known: ReadonlyMap<string, string> = new Map(Object.entries(reasonWords))

/** Of a record that another version wrote nothing may be known. */
export function wordsOf(reason: string): string | undefined {
  return known.get(reason)
}
