import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'

// One go.mod per family says which version is used and, by its tool lines, what can be built.

const clusterDir = import.meta.dirname

/** What a cluster is made of. */
export type BinaryName = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kubectl'
/** What solewriter itself runs beside git. */
export type RendererName = 'kustomize' | 'helm'
/** What an engine runs as; `argocd` is each of Argo CD's processes, by the name it is started under. */
export type EngineProgramName =
  'source-controller' | 'kustomize-controller' | 'helm-controller' | 'argocd' | 'miniredis'
/** A store for objects, and its client. */
export type StoreProgramName = 'versitygw' | 'mc'
export type ProgramName = BinaryName | RendererName | EngineProgramName | StoreProgramName

/** A file or a folder of the module, kept beside the binary: its custom resource definitions. */
interface ModulePath {
  readonly module: string
  readonly path: string
}

/** A text in a file of the module that is compiled as another one. */
export interface SourceEdit {
  readonly module: string
  readonly file: string
  readonly from: string
  readonly to: string
}

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
  /** `copy` is there as soon as the binary is. */
  readonly manifests?: ModulePath & { readonly copy: string }
  readonly edit?: SourceEdit
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

function fluxController(name: 'source-controller' | 'kustomize-controller' | 'helm-controller') {
  const module = `github.com/fluxcd/${name}`
  return family({
    name: `flux-${name}`,
    module,
    packages: { [name]: module },
    isStatic: true,
    manifests: { module, path: 'config/crd/bases' },
  })
}

function argoCd(): Family {
  const module = 'github.com/argoproj/argo-cd/v3'
  return family({
    name: 'argo-cd',
    module,
    packages: { argocd: `${module}/cmd` },
    stamped: [`${module}/common`],
    isStatic: true,
    manifests: { module, path: 'manifests/install.yaml' },
    edit: {
      module,
      // No flag says where the controller's metrics listen.
      file: 'controller/appcontroller.go',
      from: '"0.0.0.0:%d", metricsPort',
      to: '"127.0.0.1:%d", metricsPort',
    },
  })
}

/** Our own main, of a library. */
function miniredis(): Family {
  return family({
    name: 'miniredis',
    module: 'github.com/alicebob/miniredis/v2',
    packages: { miniredis: 'solewriter.dev/test/cluster/miniredis' },
    isStatic: true,
  })
}

function versitygw(): Family {
  const module = 'github.com/versity/versitygw'
  const packages = { versitygw: `${module}/cmd/versitygw` }
  return family({ name: 'versitygw', module, packages, isStatic: true })
}

function mc(): Family {
  const module = 'github.com/minio/mc'
  return family({ name: 'mc', module, packages: { mc: module }, isStatic: true })
}

export const binaryNames = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kubectl',
] as const satisfies readonly BinaryName[]

export const rendererNames = ['kustomize', 'helm'] as const satisfies readonly RendererName[]
export const engineProgramNames = [
  'source-controller',
  'kustomize-controller',
  'helm-controller',
  'argocd',
  'miniredis',
] as const satisfies readonly EngineProgramName[]
export const storeProgramNames = ['versitygw', 'mc'] as const satisfies readonly StoreProgramName[]
export const programNames: readonly ProgramName[] = [
  ...binaryNames,
  ...rendererNames,
  ...engineProgramNames,
  ...storeProgramNames,
]

const families: Readonly<Record<ProgramName, () => Family>> = {
  etcd,
  'kube-apiserver': kubernetes,
  'kube-controller-manager': kubernetes,
  kubectl: kubernetes,
  kustomize,
  helm,
  'source-controller': () => fluxController('source-controller'),
  'kustomize-controller': () => fluxController('kustomize-controller'),
  'helm-controller': () => fluxController('helm-controller'),
  argocd: argoCd,
  miniredis,
  versitygw,
  mc,
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
  readonly manifests?: ModulePath
  readonly edit?: SourceEdit
}

function family(seed: FamilySeed): Family {
  const { name, module, packages, stamped = [], ldflags = [], isStatic = false } = seed
  const { manifests, edit } = seed
  const dir = path.join(clusterDir, 'go', name)
  const version = versionIn(readFileSync(path.join(dir, 'go.mod'), 'utf8'), module)
  const cacheDir = path.join(userCache(), 'solewriter', 'cluster', `${name}-${keyOf(dir, seed)}`)
  return {
    name,
    dir,
    version,
    packages,
    ldflags: [...ldflags, ...stamped.flatMap((target) => stamps(target, module, version))],
    env: isStatic ? { CGO_ENABLED: '0' } : {},
    ...(manifests && {
      manifests: { ...manifests, copy: path.join(cacheDir, path.basename(manifests.path)) },
    }),
    ...(edit && { edit }),
    cacheDir,
  }
}

/** Of all that what is built from there depends on. */
function keyOf(dir: string, { manifests, edit }: FamilySeed): string {
  const sources = readdirSync(dir).filter((file) => file.endsWith('.go'))
  const files = ['go.mod', 'go.sum', ...sources.toSorted()]
  const extras = [manifests, edit].filter((extra) => extra !== undefined)
  return createHash('sha256')
    .update(Buffer.concat(files.map((file) => readFileSync(path.join(dir, file)))))
    .update(`${process.platform} ${process.arch}`)
    .update(extras.map((extra) => JSON.stringify(extra)).join(''))
    .digest('hex')
    .slice(0, 16)
}

function versionIn(goMod: string, module: string): string {
  const lines = goMod.split('\n').map((text) => text.trim().replace(/^require /, ''))
  const version = lines.find((text) => text.startsWith(`${module} v`))?.split(' ')[1]
  if (version === undefined) throw new Error(`go.mod does not require ${module}`)
  return version
}

/** Without them `/version` says v0.0.0-master and clients misjudge what the server can do. */
function stamps(target: string, module: string, version: string): string[] {
  const [major = '', minor = ''] = version.slice(1).split('.')
  const values = {
    gitVersion: version,
    gitTag: version,
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
