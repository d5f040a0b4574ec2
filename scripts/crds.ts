import { writeFile } from 'node:fs/promises'
import { definitionsFile, definitionsText } from './crds-text.ts'

await writeFile(definitionsFile, await definitionsText())
