import { reviewWith } from '../../server/gate.ts'

/** That `user` creates the ConfigMap `pay/settings`. */
export function reviewOf(username: string, uid = username): string {
  return reviewWith({ uid, userInfo: { username, groups: ['system:authenticated'] } })
}

/** The same by a job that runs on main for this commit. */
export function jobReview(repository: string, sha: string): string {
  const extra = {
    'solewriter.dev/repository': [repository],
    'solewriter.dev/sha': [sha],
    'solewriter.dev/ref': ['refs/heads/main'],
    'solewriter.dev/event': ['push'],
  }
  return reviewWith({ uid: sha, userInfo: { username: 'job', groups: [], extra } })
}

/** The file that declares it. */
export function settings(value: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {value: "${value}"}\n`
}
