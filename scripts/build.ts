import path from 'node:path'
import { bundleInto } from './bundle.ts'

const [out = 'dist'] = process.argv.slice(2)
await bundleInto(path.resolve(path.join(import.meta.dirname, '..'), out))
