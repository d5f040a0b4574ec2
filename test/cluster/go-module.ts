import { cp, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Failure } from './failure.ts'
import type { Family, SourceEdit } from './families.ts'
import { run } from './run.ts'

/** Where Go keeps the sources of a module that the family's go.mod names; fetched if they are not there. */
export async function moduleDirectory(family: Family, module: string): Promise<string> {
  await go(family, 'mod', 'download', module)
  return (await go(family, 'list', '-m', '-f', '{{.Dir}}', module)).trim()
}

/** Go keeps its modules read-only: the copy is to be changed, and to be removed. */
export async function copyOfModule(source: string, copy: string): Promise<void> {
  await cp(source, copy, { recursive: true })
  const { code, stderr } = await run('chmod', ['-R', 'u+w', copy])
  if (code !== 0) throw new Failure(3, `chmod: ${stderr.trim()}`)
}

/** A go.mod like the family's, for `go build -modfile`, that has an edited copy of one module. */
export async function writeEdited(
  family: Family,
  edit: SourceEdit,
  scratch: string,
): Promise<string> {
  const copy = path.join(scratch, 'module')
  await copyOfModule(await moduleDirectory(family, edit.module), copy)
  const source = path.join(copy, edit.file)
  const text = await readFile(source, 'utf8')
  if (text.split(edit.from).length !== 2) {
    throw new Failure(3, `${edit.module} ${edit.file} does not say ${edit.from} once, as it did`)
  }
  await writeFile(source, text.replace(edit.from, edit.to))
  const goMod = path.join(scratch, 'go.mod')
  const own = await readFile(path.join(family.dir, 'go.mod'), 'utf8')
  await writeFile(goMod, `${own}\nreplace ${edit.module} => ${copy}\n`)
  await cp(path.join(family.dir, 'go.sum'), path.join(scratch, 'go.sum'))
  return goMod
}

async function go(family: Family, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run('go', args, {
    cwd: family.dir,
    env: { ...process.env, GOWORK: 'off' },
  })
  if (code !== 0) throw new Failure(3, `go ${args.join(' ')}: ${stderr.trim().slice(-2000)}`)
  return stdout
}
