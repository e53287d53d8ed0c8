import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { localBooks, type BookAddresses } from '@docket/books/addresses.ts'
import { auditAtRest } from '@docket/books/audit.ts'
import { addresses } from '@docket/local/addresses.ts'
import { environmentOf } from '@docket/local/environment.ts'
import { signIn } from '@docket/local/processes.ts'
import { secrets } from '@docket/local/secrets.ts'
import { logIn, signUp, type Client, type OrderBody, type ServiceAddresses } from './client.ts'
import { until } from './until.ts'

export const serviceNames = ['user-service', 'order-service', 'inventory-service', 'payment-service', 'shipping-service'] as const
export type Name = (typeof serviceNames)[number]

export interface Stack {
  services: ServiceAddresses
  books: BookAddresses
  operator: Client
  customer(): Promise<Client>
  /** A new item with so many pieces; its sku is made from the name and is nobody else's. */
  item(name: string, quantity: number, unitPrice?: number): Promise<string>
  order(client: Client, lines: Record<string, number>, paymentToken?: string): Promise<OrderBody>
  /** Waits until the order has come to its end, and returns it. */
  end(order: OrderBody, withinMs?: number): Promise<OrderBody>
  stockOf(sku: string): Promise<{ available: number; reserved: number; shipped: number }>
  kill(name: Name, signal?: NodeJS.Signals): Promise<void>
  start(name: Name): Promise<void>
  /** What is wrong with the books; empty when all is well. */
  audit(): Promise<string[]>
  mgmt(args: string[], more?: { stdin?: string; env?: Record<string, string> }): Promise<{ status: number | null; stdout: string; stderr: string }>
  stop(): Promise<void>
}

const root = fileURLToPath(new URL('../', import.meta.url))

/** All five services as processes of their own, on the servers of the test run. */
export async function startStack(env: Partial<Record<Name, Record<string, string>>> = {}): Promise<Stack> {
  const at = addresses()
  const keys = secrets(at.dir)
  const running = new Map<Name, ChildProcess>()
  await mkdir(`${at.dir}/logs`, { recursive: true })

  const start = async (name: Name) => {
    const log = createWriteStream(`${at.dir}/logs/test-${name}.log`, { flags: 'a' })
    const settings = environmentOf(name, at, keys)
    const child = spawn(process.execPath, [`${root}${name}/src/main.ts`], {
      cwd: root, env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...settings, ...env[name] }, stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stdout?.pipe(log)
    child.stderr?.pipe(log)
    running.set(name, child)
    if (child.pid) signIn(at.dir, name, child.pid) // so that whoever ends the servers ends it too, also when this run was killed
    const url = at.services[name.replace('-service', '') as keyof ServiceAddresses]
    await until(`${name} is ready`, async () => {
      if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`)
      return (await fetch(`${url}/readyz`)).ok
    })
  }
  const kill = async (name: Name, signal: NodeJS.Signals = 'SIGKILL') => {
    const child = running.get(name)
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
  }

  await Promise.all(serviceNames.map(start))
  const operator = await logIn(at.services, 'operator', (await readFile(`${at.dir}/operator-password`, 'utf8')).trim())
  const books = localBooks(at)

  return {
    services: at.services, books, operator, start, kill,
    customer: () => signUp(at.services),
    async item(name, quantity, unitPrice = 450) {
      const sku = `${name}-${randomBytes(4).toString('hex')}`
      const { status, body } = await operator.post('inventory', '/items', { sku, name, unitPrice, currency: 'EUR', quantity })
      if (status !== 201) throw new Error(`item ${sku} was not created: ${status} ${JSON.stringify(body)}`)
      return sku
    },
    async order(client, lines, paymentToken = 'tok_ok') {
      const body = { lines: Object.entries(lines).map(([sku, quantity]) => ({ sku, quantity })), paymentToken }
      const { status, body: order } = await client.post('order', '/orders', body)
      if (status !== 201) throw new Error(`order was not created: ${status} ${JSON.stringify(order)}`)
      return order as unknown as OrderBody // the shape is order-service's promise
    },
    end: (order, withinMs) => until(`order ${order.id} ends`, async () => {
      const { body } = await operator.get('order', `/orders/${order.id}`)
      return ['completed', 'rejected', 'cancelled'].includes(String(body.status)) && body as unknown as OrderBody // as above
    }, withinMs),
    async stockOf(sku) {
      const { body } = await operator.get('inventory', `/items/${sku}`)
      return { available: Number(body.available), reserved: Number(body.reserved), shipped: Number(body.shipped) }
    },
    audit: async () => (await auditAtRest(books)).map(({ invariant, about, text }) => `${invariant}: ${about} ${text}`),
    mgmt: (args, more) => runMgmt(args, at.dir, more),
    async stop() {
      await Promise.all([...running.keys()].map(name => kill(name, 'SIGTERM')))
    },
  }
}

/** The command line as an operator has it, with a home of its own below the data folder of the test run. */
async function runMgmt(args: string[], dir: string, { stdin = '', env = {} }: { stdin?: string; env?: Record<string, string> } = {}) {
  const child = spawn(`${root}bin/mgmt`, args, { env: { ...process.env, XDG_CONFIG_HOME: `${dir}/mgmt-home-${process.pid}`, NO_COLOR: '1', ...env }, stdio: 'pipe' })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', chunk => stdout.push(chunk))
  child.stderr.on('data', chunk => stderr.push(chunk))
  child.stdin.end(stdin)
  const [status] = await once(child, 'close') as [number | null]
  return { status, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }
}
