import { writeFile } from 'node:fs/promises'
import { startDecoder } from './catalogue/decoder.ts'
import { generateCatalogue } from './catalogue/generate.ts'

// Measures the API server that the local control plane runs, in a minute or two, and keeps what it
// finds as src/core/content/catalogue/MINOR.json.

const progress = (line: string) => {
  console.error(line)
}
const decoder = await startDecoder(progress)
try {
  const { catalogue, text, positions } = await generateCatalogue(decoder, progress)
  const { version } = catalogue
  const file = new URL(`../src/core/content/catalogue/${version}.json`, import.meta.url)
  await writeFile(file, text)
  progress(`${positions} positions of Kubernetes ${version}: ${text.length} characters`)
} finally {
  await decoder.end()
}
