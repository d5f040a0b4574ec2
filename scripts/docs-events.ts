import { readFile, writeFile } from 'node:fs/promises'
import { eventsPage, renewed } from './events-reference.ts'

await writeFile(eventsPage, await renewed(await readFile(eventsPage, 'utf8')))
