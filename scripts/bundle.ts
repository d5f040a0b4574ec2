import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { build, stop, type Metafile } from 'esbuild'
import { licencesOf } from './licences.ts'

const root = path.join(import.meta.dirname, '..')

/** Each stands beside the other: see src/render/parser.ts and src/processes/launcher.ts. */
const entryPoints = {
  solewriter: 'src/cli/main.ts',
  'parse-worker': 'src/render/parse-worker.ts',
  'launcher-process': 'src/processes/launcher-process.ts',
}

/** Packages of the old kind ask for `require`, which a module does not have. */
const banner = `import { createRequire as createBundleRequire } from 'node:module'
const require = createBundleRequire(import.meta.url)`

/** The same program, which goes by the name that it is called by: see src/cli/main.ts. */
const plugin = `import './solewriter.js'\n`

/** All of solewriter and its packages, for any Node 24 or later, without anything to install. */
export async function bundleInto(dir: string): Promise<void> {
  const draft = `${dir}.draft-${process.pid}`
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { recursive: true })
  try {
    await fill(draft)
    await rm(dir, { recursive: true, force: true })
    await rename(draft, dir)
  } finally {
    // Its process would stay for the next build.
    await stop()
    await rm(draft, { recursive: true, force: true })
  }
}

async function fill(dir: string): Promise<void> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints,
    outdir: dir,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    banner: { js: banner },
    // They are in LICENSES.txt, whole.
    legalComments: 'none',
    metafile: true,
    write: false,
    logLevel: 'warning',
  })
  for (const { path: file, text } of outputFiles) {
    if (path.basename(file) === 'solewriter.js') await writeProgram(file, text)
    else await writeFile(file, text)
  }
  await writeProgram(path.join(dir, 'kubectl-breakglass.js'), plugin)
  await writeFile(path.join(dir, 'package.json'), '{ "type": "module" }\n')
  await writeFile(path.join(dir, 'LICENSES.txt'), await licencesOf(inputsOf(metafile), root))
}

async function writeProgram(file: string, text: string): Promise<void> {
  await writeFile(file, `#!/usr/bin/env node\n${text}`)
  await chmod(file, 0o755)
}

/** What is really inside: what was only looked at and left out counts for nothing. */
function inputsOf({ outputs }: Metafile): readonly string[] {
  const inputs = Object.values(outputs).flatMap((output) =>
    Object.entries(output.inputs).flatMap(([file, { bytesInOutput }]) =>
      bytesInOutput > 0 ? [file] : [],
    ),
  )
  return [...new Set(inputs)]
}
