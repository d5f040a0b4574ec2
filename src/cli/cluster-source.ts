import path from 'node:path'
import type { ClusterSource } from '../kubernetes/credentials.ts'
import type { Env } from './env.ts'

/** The cluster that a service of ours lives in. */
export function serviceSource(kubeconfig: string | undefined, env: Env): ClusterSource {
  if (kubeconfig === undefined) return { kind: 'in-cluster' }
  return { kind: 'kubeconfig', files: [path.resolve(env.cwd, kubeconfig)] }
}

/** The cluster that a person means, found as kubectl finds it. */
export function operatorSource(
  { kubeconfig, context }: { readonly kubeconfig?: string; readonly context?: string },
  env: Env,
): ClusterSource {
  const fromVariable = (env.vars['KUBECONFIG'] ?? '').split(path.delimiter).filter(Boolean)
  const named = kubeconfig === undefined ? fromVariable : [kubeconfig]
  const files = named.length === 0 ? [path.join(env.home, '.kube', 'config')] : named
  return {
    kind: 'kubeconfig',
    files: files.map((file) => path.resolve(env.cwd, file)),
    ...(context === undefined ? {} : { context }),
  }
}
