import { argoCdApis, installArgoCd } from './argo-cd-install.ts'
import { startArgoCd } from './argo-cd.ts'
import type { BringUp } from './bring-up.ts'
import { fluxApis, installFlux, startFlux } from './flux.ts'
import type { EngineApis } from './engine-apis.ts'
import type { EngineName } from './plan.ts'
import type { KubectlOptions } from './setup.ts'
import type { EngineAddresses } from './state.ts'

interface Engine {
  readonly apis: EngineApis
  /** What `--setup` may build on. */
  readonly install: (cluster: BringUp, kubectl: KubectlOptions) => Promise<void>
  /** Its processes, by name. */
  readonly start: (cluster: BringUp) => Promise<Record<string, EngineAddresses>>
}

export const engines: Readonly<Record<EngineName, Engine>> = {
  flux: { apis: fluxApis, install: installFlux, start: startFlux },
  'argo-cd': { apis: argoCdApis, install: installArgoCd, start: startArgoCd },
}
