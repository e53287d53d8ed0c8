import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { addresses, serviceNames } from '@docket/addresses/addresses.ts'
import { environmentOf } from '@docket/addresses/environment.ts'
import { secrets } from '@docket/addresses/secrets.ts'
import { findTool, howToGetTools } from '@docket/k8s/check/monitoring/prometheus.ts'
import { rulesFile } from '@docket/k8s/check/monitoring/rules.ts'
import { startProvider, type ProviderProcess } from '@docket/test/faults/provider/process.ts'
import { faster, startPrometheus, type RunningPrometheus } from '../prometheus.ts'
import { startProxy, viaProxy, type Proxy } from '../proxy.ts'
import { startStack, type Stack } from '../stack.ts'

// What an alert is about is made to happen, and a real Prometheus that looks at the real services has to notice. Time
// runs sixty times faster in the rules (`for: 2m` is 2 s); no threshold is another.

export const program = findTool('prometheus')
export const leftOut = `left out: prometheus is not there; ${howToGetTools}`
const timesFaster = 60

export const slowly = (t: ExecutionContext) => t.timeout(240_000)
export const patienceMs = 90_000

export interface Observed {
  stack: Stack
  provider: ProviderProcess
  toDatabase: Proxy
  prometheus: RunningPrometheus
  fires(name: string, labels?: Record<string, string>): ReturnType<RunningPrometheus['fires']>
  stop(): Promise<void>
}

export async function startObserved(): Promise<Observed> {
  if (program === undefined) throw new Error(leftOut)
  const at = addresses()
  const provider = await startProvider(at)
  const toDatabase = await startProxy(at.postgres)
  const shippingUrl = environmentOf('shipping-service', at, secrets(at.dir)).DATABASE_URL ?? ''
  const stack = await startStack({
    'order-service': { STUCK_AFTER: '1s' },
    'payment-service': { PAYMENT_PROVIDER: provider.url },
    'shipping-service': { DATABASE_URL: viaProxy(shippingUrl, toDatabase) },
  })
  const folder = mkdtempSync(join(at.dir, 'prometheus-'))
  const targets = Object.fromEntries(serviceNames.map(name => [name, `http://127.0.0.1:${at.opsPort(name)}`]))
  const prometheus = await startPrometheus({
    program,
    folder,
    targets,
    rules: faster(readFileSync(rulesFile, 'utf8'), timesFaster),
    stackFolder: at.dir,
  })
  return {
    stack,
    provider,
    toDatabase,
    prometheus,
    fires: (name, labels) => prometheus.fires(name, labels, patienceMs),
    async stop() {
      await prometheus.stop()
      await stack.stop()
      await Promise.all([provider.kill(), toDatabase.close()])
      rmSync(folder, { recursive: true })
    },
  }
}
