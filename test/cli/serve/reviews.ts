import { reviewWith } from '../../server/gate.ts'

/** That `user` creates the ConfigMap `pay/settings`. */
export function reviewOf(username: string, uid = username): string {
  return reviewWith({ uid, userInfo: { username, groups: ['system:authenticated'] } })
}

/** That a job, which runs on main for this commit, creates a ConfigMap in `pay`. */
export function jobReview(repository: string, sha: string, name = 'settings'): string {
  const extra = {
    'solewriter.dev/repository': [repository],
    'solewriter.dev/sha': [sha],
    'solewriter.dev/ref': ['refs/heads/main'],
    'solewriter.dev/event': ['push'],
  }
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: {} }
  return reviewWith({ name, object, userInfo: { username: 'job', groups: [], extra } })
}

/** The file that declares it. */
export function settings(value: string, name = 'settings'): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {value: "${value}"}\n`
}
