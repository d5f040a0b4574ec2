import { decisionId, grantName, head, postMortemName } from './samples.ts'

/** One of each page, by name. */
export const pages: Readonly<Record<string, string>> = {
  now: '/',
  decisions: '/decisions',
  'decisions, filtered': '/decisions?user=alice&answer=deny',
  'decisions, none': '/decisions?user=nobody-is-called-so',
  'decision, allowed': `/decisions/${decisionId(30 + 8970)}`,
  'decision, denied': `/decisions/${decisionId(900)}`,
  'decision under a grant': `/decisions/${decisionId(1380)}`,
  'decision of a grant alone': `/decisions/${decisionId(1200)}`,
  reasons: '/reasons',
  grants: '/grants',
  grant: `/grants/${grantName}`,
  'post-mortem': `/post-mortems/${postMortemName}`,
  drift: '/drift',
  repositories: '/repositories',
  commit: `/repositories/fleet/${head}`,
  'sign-in': '/sign-in',
  'not found': '/nowhere',
  misasked: '/decisions?answer=perhaps',
}
