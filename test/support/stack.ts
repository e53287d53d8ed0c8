import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { localSources, type Sources } from '@docket/reconciliation/sources.ts'
import { reconcile, reconcileAtRest, type Reconciliation } from '@docket/reconciliation/audit.ts'
import { addresses, root, serviceNames, type Addresses } from '@docket/addresses/addresses.ts'
import { heedingLimits, logIn, signUp, type Client, type OrderBody, type ServiceAddresses } from './client.ts'
import { serviceProcesses, type HowToRun, type ServiceProcesses } from './services.ts'
import { until } from './until.ts'

export interface Stack {
  at: Addresses
  services: ServiceAddresses
  ops: ServiceAddresses
  sources: Sources
  operator: Client
  customer(): Promise<Client>
  item(name: string, quantity: number, unitPrice?: number): Promise<string>
  order(client: Client, lines: Record<string, number>, paymentToken?: string): Promise<OrderBody>
  end(order: OrderBody, withinMs?: number): Promise<OrderBody>
  stockOf(sku: string): Promise<{ available: number; reserved: number; shipped: number }>
  processes: ServiceProcesses
  kill: ServiceProcesses['kill']
  start: ServiceProcesses['start']
  reconcile(): Promise<string[]>
  reconcileAgainst(provider: string): Promise<Reconciliation>
  mgmt(
    args: string[],
    more?: { stdin?: string; env?: Record<string, string> },
  ): Promise<{ status: number | null; stdout: string; stderr: string }>
  stop(): Promise<void>
}

export async function startStack(env: HowToRun['env'] = {}, how: Omit<HowToRun, 'env'> = {}): Promise<Stack> {
  const at = addresses()
  const processes = serviceProcesses(at, { env, ...how })
  await Promise.all(serviceNames.map(name => processes.start(name)))
  const operator = await logIn(at.services, 'operator', (await readFile(`${at.dir}/operator-password`, 'utf8')).trim())
  const sources = localSources(at)

  return {
    at,
    services: at.services,
    ops: at.ops,
    sources: sources,
    operator,
    processes,
    start: processes.start,
    kill: processes.kill,
    customer: () => signUp(at.services),
    async item(name, quantity, unitPrice = 450) {
      const sku = `${name}-${randomBytes(4).toString('hex')}`
      const item = { sku, name, unitPrice, currency: 'EUR', quantity }
      // 503 is "come back later": on a busy machine a service that has just become ready may be short of connections
      const { status, body } = await until(`item ${sku} is created`, async () => {
        const answer = await operator.post('inventory', '/items', item)
        return answer.status !== 503 && answer
      })
      if (status !== 201) throw new Error(`item ${sku} was not created: ${status} ${JSON.stringify(body)}`)
      return sku
    },
    async order(client, lines, paymentToken = 'tok_ok') {
      const body = { lines: Object.entries(lines).map(([sku, quantity]) => ({ sku, quantity })), paymentToken }
      const { status, body: order } = await heedingLimits(() => client.post('order', '/orders', body))
      if (status !== 201) throw new Error(`order was not created: ${status} ${JSON.stringify(order)}`)
      return order as unknown as OrderBody // the shape is order-service's promise
    },
    end: (order, withinMs) =>
      until(
        `order ${order.id} ends`,
        async () => {
          const { body } = await operator.get('order', `/orders/${order.id}`)
          // as above
          return ['completed', 'rejected', 'cancelled'].includes(String(body.status)) && (body as unknown as OrderBody)
        },
        withinMs,
      ),
    async stockOf(sku) {
      const { body } = await operator.get('inventory', `/items/${sku}`)
      return { available: Number(body.available), reserved: Number(body.reserved), shipped: Number(body.shipped) }
    },
    reconcile: async () =>
      (await reconcileAtRest(sources)).map(({ invariant, about, text }) => `${invariant}: ${about} ${text}`),
    reconcileAgainst(provider) {
      const { ledgerFile: _file, ...databases } = sources
      return reconcile({ ...databases, provider })
    },
    mgmt: (args, more) => runMgmt(args, at.dir, more),
    stop: processes.stop,
  }
}

async function runMgmt(
  args: string[],
  dir: string,
  { stdin = '', env = {} }: { stdin?: string; env?: Record<string, string> } = {},
) {
  const child = spawn(`${root}bin/mgmt`, args, {
    env: { ...process.env, XDG_CONFIG_HOME: `${dir}/mgmt-home-${process.pid}`, NO_COLOR: '1', ...env },
    stdio: 'pipe',
  })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', chunk => stdout.push(chunk))
  child.stderr.on('data', chunk => stderr.push(chunk))
  child.stdin.end(stdin)
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }
}
