import type { Command } from 'commander'
import type { Env } from './env.ts'
import type { OutputFormat } from './output.ts'

/** What a command's action calls: runs it, and keeps its exit code. */
export type Run = (command: (env: Env, output: OutputFormat) => Promise<number>) => Promise<void>

/** Declares arguments, options and the action. Nothing may happen before the action. */
export type Declare = (command: Command, run: Run) => void

export interface CommandEntry {
  readonly words: string
  readonly summary: string
  /** Loaded when it is this command's turn: the others' packages cost time. */
  readonly load: () => Promise<{ readonly declare: Declare }>
}

/** A verb is one file in commands/ and one line here. */
export const commandTable: readonly CommandEntry[] = [
  {
    words: 'serve',
    summary: 'answer the AdmissionReviews of an API server',
    load: () => import('./commands/serve.ts'),
  },
  {
    words: 'controller',
    summary: 'keep certificates, caBundle and an eye on the webhook configuration',
    load: () => import('./commands/controller.ts'),
  },
  {
    words: 'doctor',
    summary: 'say what around the webhook is weak, and how to mend it',
    load: () => import('./commands/doctor.ts'),
  },
  {
    words: 'emergency off',
    summary: 'remove the webhook configuration, so that writes pass',
    load: () => import('./commands/emergency-off.ts'),
  },
  {
    words: 'emergency on',
    summary: 'restore what "emergency off" removed',
    load: () => import('./commands/emergency-on.ts'),
  },
  {
    words: 'review',
    summary: 'decide recorded AdmissionReviews offline',
    load: () => import('./commands/review.ts'),
  },
  {
    words: 'declared',
    summary: 'list what Git declares at a commit, and what could not be read',
    load: () => import('./commands/declared.ts'),
  },
  {
    words: 'scan',
    summary: 'compare a cluster with Git: what is undeclared, different or missing',
    load: () => import('./commands/scan.ts'),
  },
  {
    words: 'propose',
    summary: 'commit to Git what was refused, on a branch',
    load: () => import('./commands/propose.ts'),
  },
  {
    words: 'policy check',
    summary: 'say everything that is wrong with a policy file',
    load: () => import('./commands/policy-check.ts'),
  },
  {
    words: 'policy schema',
    summary: 'print the JSON Schema of policy files, for editors',
    load: () => import('./commands/policy-schema.ts'),
  },
  {
    words: 'policy explain',
    summary: 'say what a policy lets an identity do with an object',
    load: () => import('./commands/policy-explain.ts'),
  },
  {
    words: 'policy pin',
    summary: 'print engine objects as roots, each with the digest of its spec',
    load: () => import('./commands/policy-pin.ts'),
  },
  {
    words: 'policy suggest',
    summary: 'write exceptions for what records show as denied',
    load: () => import('./commands/policy-suggest.ts'),
  },
  {
    words: 'breakglass request',
    summary: 'get through: mint a token for yourself and activate it',
    load: () => import('./commands/breakglass-request.ts'),
  },
  {
    words: 'breakglass activate',
    summary: 'turn a token into an active grant',
    load: () => import('./commands/breakglass-activate.ts'),
  },
  {
    words: 'breakglass approve',
    summary: 'let somebody else through, where the policy asks for it',
    load: () => import('./commands/breakglass-approve.ts'),
  },
  {
    words: 'breakglass status',
    summary: 'show grants, the time left and what was done under them',
    load: () => import('./commands/breakglass-status.ts'),
  },
  {
    words: 'breakglass list',
    summary: 'list the grants of a cluster',
    load: () => import('./commands/breakglass-list.ts'),
  },
  {
    words: 'breakglass diff',
    summary: 'show what was changed under a grant, and what stands there now',
    load: () => import('./commands/breakglass-diff.ts'),
  },
  {
    words: 'breakglass end',
    summary: 'end your own grant',
    load: () => import('./commands/breakglass-end.ts'),
  },
  {
    words: 'breakglass revoke',
    summary: 'end any grant',
    load: () => import('./commands/breakglass-revoke.ts'),
  },
  {
    words: 'breakglass explain',
    summary: 'say what a decision was about',
    load: () => import('./commands/breakglass-explain.ts'),
  },
  {
    words: 'breakglass promote',
    summary: 'commit to Git what was done under a grant, on a branch',
    load: () => import('./commands/breakglass-promote.ts'),
  },
  {
    words: 'breakglass envelope',
    summary: 'wrap a token for plain kubectl, offline',
    load: () => import('./commands/breakglass-envelope.ts'),
  },
  {
    words: 'breakglass keygen',
    summary: 'make a key that signs break-glass tokens',
    load: () => import('./commands/breakglass-keygen.ts'),
  },
  {
    words: 'breakglass mint',
    summary: 'sign a break-glass token, offline',
    load: () => import('./commands/breakglass-mint.ts'),
  },
  {
    words: 'postmortem list',
    summary: 'list the post-mortems of a cluster, and what is due',
    load: () => import('./commands/postmortem-list.ts'),
  },
  {
    words: 'postmortem show',
    summary: 'show one, or write it as a page for the repository',
    load: () => import('./commands/postmortem-show.ts'),
  },
  {
    words: 'postmortem close',
    summary: 'review one, which closes it',
    load: () => import('./commands/postmortem-close.ts'),
  },
  {
    words: 'audit verify',
    summary: 'check that no record was changed, left out or put in',
    load: () => import('./commands/audit-verify.ts'),
  },
  {
    words: 'audit keygen',
    summary: 'make a key that signs checkpoints of the records',
    load: () => import('./commands/audit-keygen.ts'),
  },
  {
    words: 'audit reconcile',
    summary: 'compare records with the audit log of the API server',
    load: () => import('./commands/audit-reconcile.ts'),
  },
  {
    words: 'audit show',
    summary: 'print records of decisions, for people or for a SIEM',
    load: () => import('./commands/audit-show.ts'),
  },
  {
    words: 'audit report',
    summary: 'tell auditors who changed the cluster in a period, and on what ground',
    load: () => import('./commands/audit-report.ts'),
  },
  {
    words: 'certs bootstrap',
    summary: 'make what is missing or due of an authority and its certificates',
    load: () => import('./commands/certs-bootstrap.ts'),
  },
  {
    words: 'certs rotate',
    summary: 'renew certificates that are not due',
    load: () => import('./commands/certs-rotate.ts'),
  },
  {
    words: 'certs show',
    summary: 'show certificates and judge them',
    load: () => import('./commands/certs-show.ts'),
  },
]

/** What the first words of two stand for. */
export const groupSummaries: Readonly<Record<string, string>> = {
  emergency: 'take the gate down and put it back, when it is in the way',
  policy: 'check, explain and extend a policy file',
  breakglass: 'get through in an emergency, with a signed token',
  postmortem: 'look back on what was done under break-glass',
  audit: 'check the records of decisions',
  certs: 'make, renew and judge the certificates of the webhook',
}
