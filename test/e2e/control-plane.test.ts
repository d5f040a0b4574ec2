import assert from 'node:assert/strict'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createCluster } from '../../src/kubernetes/cluster.ts'
import { connect, type Api } from '../../src/kubernetes/api.ts'
import { builtInRows } from '../../src/core/exceptions/built-in.ts'
import { controllerAccounts } from '../../src/core/exceptions/table/accounts.ts'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { goodPolicy, minimal } from '../core/policy/policies.ts'
import { openExceptionGate, type ExceptionGate } from './exception-gate.ts'
import { startHollowNode, startHollowScheduler, type Hollow } from './hollow-node.ts'

// Nothing but the built-in exceptions lets the control plane write here, under `Fail`.

const objects = path.join(import.meta.dirname, 'fixtures', 'control-plane', 'objects.yaml')

let gate: ExceptionGate
let cluster: Cluster
let api: Api
const hollows: Hollow[] = []

before(async () => {
  gate = await openExceptionGate({ policy: goodPolicy(minimal), trusted: ['admin'] })
  cluster = await startCluster({ externalWebhook: gate.webhook })
  api = connect({ kind: 'kubeconfig', files: [cluster.kubeconfigs['admin'] ?? ''] })
  gate.attach(createCluster(api))
})

after(async () => {
  await Promise.all(hollows.map((hollow) => hollow.stop()))
  await cluster.stop()
  api.close()
  await gate.stop()
})
