import { writeFile } from 'node:fs/promises'
import { monitoringFiles } from './monitoring/files.ts'

for (const [file, text] of await monitoringFiles()) await writeFile(file, text)
