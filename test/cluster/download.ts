import { createHash } from 'node:crypto'
import { chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Failure, messageOf, type Progress } from './failure.ts'
import type { Family, ProgramName } from './families.ts'
import { run } from './run.ts'

const answerWithinMs = 5_000
const wholeFileWithinMs = 10 * 60_000

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }

interface Release {
  readonly file: string
  readonly sums: string
  /** Path of the binary in the archive; none when the file is the binary. */
  readonly member?: string
}

/** The official release, checked against its published SHA-256; throws when it cannot be had. */
export async function download(
  family: Family,
  name: ProgramName,
  progress: Progress,
): Promise<string> {
  const release = releaseOf(family, name)
  // The sums come first: a few bytes that show at once whether there is a way out.
  const sums = await fetchBytes(release.sums, answerWithinMs)
  progress(`downloading ${name} ${family.version}`)
  const bytes = await fetchBytes(release.file, wholeFileWithinMs)
  const digest = createHash('sha256').update(bytes).digest('hex')
  if (digest !== expectedDigest(sums.toString('utf8'), release.file)) {
    throw new Failure(3, `${name}: the download does not have the published checksum`)
  }
  const scratch = await mkdtemp(path.join(family.cacheDir, 'download-'))
  try {
    const binary = await unpack(bytes, release, scratch)
    await chmod(binary, 0o755)
    const target = path.join(family.cacheDir, name)
    await rename(binary, target)
    return target
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

export function isReleased({ name }: Family): boolean {
  return Object.hasOwn(releases, name)
}

function releaseOf(family: Family, name: ProgramName): Release {
  const architecture = architectures[process.arch]
  if (process.platform !== 'linux' || architecture === undefined) {
    throw new Failure(3, `no official ${name} for ${process.platform} ${process.arch}`)
  }
  const release = releases[family.name]
  if (release === undefined) throw new Failure(3, `no official ${name}`)
  return release({ name, version: family.version, architecture })
}

interface Wanted {
  readonly name: ProgramName
  readonly version: string
  readonly architecture: string
}

const releases: Readonly<Record<string, (wanted: Wanted) => Release>> = {
  kubernetes: ({ name, version, architecture }) => {
    const file = `https://dl.k8s.io/release/${version}/bin/linux/${architecture}/${name}`
    return { file, sums: `${file}.sha256` }
  },
  etcd: ({ name, version, architecture }) => {
    const folder = `etcd-${version}-linux-${architecture}`
    const page = `https://github.com/etcd-io/etcd/releases/download/${version}`
    return {
      file: `${page}/${folder}.tar.gz`,
      sums: `${page}/SHA256SUMS`,
      member: `${folder}/${name}`,
    }
  },
  kustomize: ({ name, version, architecture }) => {
    const page = `https://github.com/kubernetes-sigs/kustomize/releases/download/kustomize%2F${version}`
    const file = `${page}/kustomize_${version}_linux_${architecture}.tar.gz`
    return { file, sums: `${page}/checksums.txt`, member: name }
  },
  helm: ({ name, version, architecture }) => {
    const file = `https://get.helm.sh/helm-${version}-linux-${architecture}.tar.gz`
    return { file, sums: `${file}.sha256sum`, member: `linux-${architecture}/${name}` }
  },
}

/** `<digest>` alone, or the line `<digest>  <file>` among others. */
function expectedDigest(sums: string, url: string): string | undefined {
  const file = url.slice(url.lastIndexOf('/') + 1)
  const rows = sums.split('\n').map((line) => line.trim().split(/\s+/))
  return rows.find((row) => row.length === 1 || row[1] === file)?.[0]
}

async function fetchBytes(url: string, withinMs: number): Promise<Buffer> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(withinMs) })
    if (!response.ok) throw new Error(`HTTP ${response.status}`)
    return Buffer.from(await response.arrayBuffer())
  } catch (error) {
    throw new Failure(3, `no download of ${url}: ${messageOf(error)}`, { cause: error })
  }
}

async function unpack(bytes: Buffer, { member }: Release, scratch: string): Promise<string> {
  const file = path.join(scratch, 'file')
  await writeFile(file, bytes)
  if (member === undefined) return file
  const { code, stderr } = await run('tar', ['-xzf', file, '-C', scratch, member])
  if (code !== 0) throw new Failure(3, `tar: ${stderr.trim()}`)
  return path.join(scratch, member)
}
