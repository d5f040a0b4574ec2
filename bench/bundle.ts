import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build, stop } from 'esbuild'

/** The programs that are measured, as plain JavaScript in a directory of their own. */
export interface Bundle {
  /** Address of a program, or of the subject. */
  url(name: 'bare-server' | 'our-server' | 'subject'): string
  remove(): Promise<void>
}

/** Packages of the old kind ask for `require`, which a module does not have. */
const banner = `import { createRequire as createBundleRequire } from 'node:module'
const require = createBundleRequire(import.meta.url)`

/** As in the image: Node's own reader of TypeScript would count for 50 MiB of either server. */
export async function bundle(subject: string): Promise<Bundle> {
  const directory = await mkdtemp(path.join(tmpdir(), 'solewriter-bench-'))
  const here = (file: string) => path.join(import.meta.dirname, file)
  try {
    await build({
      entryPoints: {
        'bare-server': here('bare-server.ts'),
        'our-server': here('our-server.ts'),
        'parse-worker': here('../src/render/parse-worker.ts'),
        'launcher-process': here('../src/processes/launcher-process.ts'),
        subject: fileURLToPath(subject),
      },
      outdir: directory,
      bundle: true,
      // What subject and server share, they share there too.
      splitting: true,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      banner: { js: banner },
      logLevel: 'warning',
    })
    await writeFile(path.join(directory, 'package.json'), '{ "type": "module" }\n')
  } finally {
    await stop()
  }
  return {
    url: (name) => pathToFileURL(path.join(directory, `${name}.js`)).href,
    remove: () => rm(directory, { recursive: true, force: true }),
  }
}
