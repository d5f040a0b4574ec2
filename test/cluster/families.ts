import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'

// One go.mod per family says which version is used and, by its tool lines, what can be built.

const clusterDir = import.meta.dirname

/** What a cluster is made of. */
export type BinaryName = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kubectl'
/** What solewriter itself runs beside git. */
export type RendererName = 'kustomize' | 'helm'
export type ProgramName = BinaryName | RendererName

export interface Family {
  readonly name: string
  /** Where its go.mod is. */
  readonly dir: string
  /** v1.36.3 */
  readonly version: string
  readonly packages: Readonly<Partial<Record<ProgramName, string>>>
  readonly ldflags: readonly string[]
  /** Of the build, on top of ours. */
  readonly env: Readonly<Record<string, string>>
  /** `<user cache>/solewriter/cluster/<family>-<key>`: the same for all clones with these sums. */
  readonly cacheDir: string
}

const etcdModule = 'go.etcd.io/etcd/server/v3'
const kubernetesModule = 'k8s.io/kubernetes'

function etcd(): Family {
  return family({ name: 'etcd', module: etcdModule, packages: { etcd: etcdModule } })
}

function kubernetes(): Family {
  const commands = `${kubernetesModule}/cmd`
  return family({
    name: 'kubernetes',
    module: kubernetesModule,
    packages: {
      'kube-apiserver': `${commands}/kube-apiserver`,
      'kube-controller-manager': `${commands}/kube-controller-manager`,
      kubectl: `${commands}/kubectl`,
    },
    stamped: ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'],
  })
}

function kustomize(): Family {
  const module = 'sigs.k8s.io/kustomize/kustomize/v5'
  return family({ name: 'kustomize', module, packages: { kustomize: module }, isStatic: true })
}

function helm(): Family {
  const module = 'helm.sh/helm/v4'
  const seed = { name: 'helm', module, packages: { helm: `${module}/cmd/helm` }, isStatic: true }
  const { version } = family(seed)
  return family({ ...seed, ldflags: [`-X ${module}/internal/version.version=${version}`] })
}

export const binaryNames = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kubectl',
] as const satisfies readonly BinaryName[]

export const rendererNames = ['kustomize', 'helm'] as const satisfies readonly RendererName[]
export const programNames: readonly ProgramName[] = [...binaryNames, ...rendererNames]

const families: Readonly<Record<ProgramName, () => Family>> = {
  etcd,
  'kube-apiserver': kubernetes,
  'kube-controller-manager': kubernetes,
  kubectl: kubernetes,
  kustomize,
  helm,
}

export function familyOf(name: ProgramName): Family {
  return families[name]()
}

interface FamilySeed {
  readonly name: string
  readonly module: string
  readonly packages: Family['packages']
  /** Packages whose version variables are set at link time. */
  readonly stamped?: readonly string[]
  readonly ldflags?: readonly string[]
  /** Needs nothing of the system it runs on: the image may have another libc. */
  readonly isStatic?: boolean
}

function family(seed: FamilySeed): Family {
  const { name, module, packages, stamped = [], ldflags = [], isStatic = false } = seed
  const dir = path.join(clusterDir, 'go', name)
  const sums = ['go.mod', 'go.sum'].map((file) => readFileSync(path.join(dir, file)))
  const version = versionIn(sums[0]?.toString() ?? '', module)
  const key = createHash('sha256')
    .update(Buffer.concat(sums))
    .update(`${process.platform} ${process.arch}`)
    .digest('hex')
  return {
    name,
    dir,
    version,
    packages,
    ldflags: [...ldflags, ...stamped.flatMap((target) => stamps(target, module, version))],
    env: isStatic ? { CGO_ENABLED: '0' } : {},
    cacheDir: path.join(userCache(), 'solewriter', 'cluster', `${name}-${key.slice(0, 16)}`),
  }
}

function versionIn(goMod: string, module: string): string {
  const line = goMod.split('\n').find((text) => text.trim().startsWith(`${module} v`))
  const version = line?.trim().split(' ')[1]
  if (version === undefined) throw new Error(`go.mod does not require ${module}`)
  return version
}

/** Without them `/version` says v0.0.0-master and clients misjudge what the server can do. */
function stamps(target: string, module: string, version: string): string[] {
  const [major = '', minor = ''] = version.slice(1).split('.')
  const values = {
    gitVersion: version,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: 'clean',
    gitCommit: `${module}@${version}`,
  }
  return Object.entries(values).map(([name, value]) => `-X ${target}.${name}=${value}`)
}

function userCache(): string {
  const configured = process.env['XDG_CACHE_HOME']
  if (configured !== undefined && path.isAbsolute(configured)) return configured
  return path.join(homedir(), '.cache')
}
