import { startCluster } from './cluster.ts'
import { clusterDir } from './layout.ts'

// Started by a test, which kills it: its cluster has to go with it.
const name = `t-bound-${process.pid}`
process.send?.(clusterDir(name))
await startCluster({ name })
