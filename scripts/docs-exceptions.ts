import { readFile, writeFile } from 'node:fs/promises'
import { renewed } from './exceptions-reference.ts'

const page = new URL('../docs/exceptions.md', import.meta.url)
await writeFile(page, renewed(await readFile(page, 'utf8')))
