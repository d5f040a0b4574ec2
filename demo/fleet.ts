import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Surprise } from './surprise.ts'
import type { Narrator } from './terminal.ts'
import type { Workspace } from './workspace.ts'

const manifests = path.join(import.meta.dirname, 'fleet')
/** Commits have fixed dates and authors, so that their ids are those of the recordings. */
const firstCommit = Date.UTC(2026, 0, 5, 9)
const author = { name: 'Dana', email: 'dana@example.com' }

/** The Git repository of the demo, changed by Git commands that are shown. */
export interface Fleet {
  create(): Promise<void>
  addApi(): Promise<void>
  /** Leaves `main` checked out. */
  branchOff(): Promise<void>
  removeApi(): Promise<void>
  /** As somebody does who has looked at it. */
  merge(branch: string): Promise<void>
}

export function createFleet(workspace: Workspace, narrator: Narrator): Fleet {
  const shop = path.join(workspace.fleet, 'shop')
  const copy = (name: string) => copyFileSync(path.join(manifests, name), path.join(shop, name))
  let commits = 0
  const git = async (command: string) => {
    narrator.command('fleet', command)
    if (command.includes('git commit')) commits += 1
    const vars = identity(firstCommit + commits * 60_000)
    const { code, stdout, stderr } = await workspace.sh(command, { cwd: workspace.fleet, vars })
    narrator.output(stdout + stderr)
    if (code !== 0) throw new Surprise(command, 'exit code 0', `exit code ${code}`)
  }
  return {
    async create() {
      mkdirSync(shop)
      copy('namespace.yaml')
      copy('web.yaml')
      await git('git init -q -b main && git add shop && git commit -q -m "shop: add web"')
      await git('git log --oneline --stat --format="%h %an: %s"')
    },
    async addApi() {
      copy('api.yaml')
      await git('git add shop && git commit -q -m "shop: add api" && git log --oneline')
    },
    async branchOff() {
      await git('git switch -q -c more-replicas')
      const file = path.join(shop, 'api.yaml')
      writeFileSync(file, readFileSync(file, 'utf8').replace('replicas: 3', 'replicas: 30'))
      await git('git commit -q -a -m "api: 30 replicas" && git switch -q main')
    },
    async merge(branch) {
      await git(`git merge -q --ff-only ${branch} \\
      && git show --format='%an: %s%n%n%b' HEAD`)
    },
    async removeApi() {
      rmSync(path.join(shop, 'api.yaml'))
      await git('git commit -q -a -m "shop: remove api" && git log --oneline')
    },
  }
}

function identity(time: number): Readonly<Record<string, string>> {
  const date = `${time / 1000} +0000`
  return {
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: author.name,
    GIT_COMMITTER_EMAIL: author.email,
    GIT_COMMITTER_DATE: date,
  }
}
