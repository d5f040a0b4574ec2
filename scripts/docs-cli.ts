import { readFile, writeFile } from 'node:fs/promises'
import { renewed } from './cli-reference.ts'

const page = new URL('../docs/cli.md', import.meta.url)
await writeFile(page, await renewed(await readFile(page, 'utf8')))
