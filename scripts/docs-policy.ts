import { readFile, writeFile } from 'node:fs/promises'
import { renewed } from './policy-reference.ts'

const page = new URL('../docs/policy.md', import.meta.url)
await writeFile(page, renewed(await readFile(page, 'utf8')))
