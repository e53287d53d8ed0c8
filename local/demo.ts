/** The main job of Docket, through the command line as a person would type it: `./bin/demo.sh`. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { addresses, root } from '@docket/addresses/addresses.ts'
import { silentMs } from '@docket/foundation/waiting.ts'

interface Ended {
  status: number | null
  stdout: string
}

async function mgmt(
  args: string[],
  { expects = [0], stdin, silent = false }: { expects?: number[]; stdin?: string; silent?: boolean } = {},
): Promise<Ended> {
  if (!silent) console.log(`\n$ mgmt ${args.map(arg => (/[\s"]/.test(arg) ? `"${arg}"` : arg)).join(' ')}`)
  const child = spawn(join(root, 'bin/mgmt'), args, { cwd: root, stdio: ['pipe', 'pipe', silent ? 'pipe' : 'inherit'] })
  let stdout = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk
    if (!silent) process.stdout.write(chunk)
  })
  child.stdin?.end(stdin ?? '')
  const [status] = (await once(child, 'close')) as [number | null]
  if (!expects.includes(status ?? -1)) {
    console.error(`mgmt ${args.join(' ')} ended with status ${status}; the logs are in ${addresses().dir}/logs`)
    process.exit(1)
  }
  return { status, stdout }
}

const print = (text: string) => console.log(`\n── ${text}`)

const plentiful = 1_000

async function anItem(sku: string, name: string, price: string): Promise<void> {
  const found = await mgmt(['items', 'show', sku, '-o', 'json'], { expects: [0, 1], silent: true })
  if (found.status === 1)
    await mgmt([
      'items',
      'create',
      sku,
      '--name',
      name,
      '--price',
      price,
      '--currency',
      'EUR',
      '--quantity',
      String(plentiful),
    ])
  else {
    const { available } = JSON.parse(found.stdout) as { available: number }
    if (available < plentiful / 2)
      await mgmt(['items', 'adjust', sku, '--by', String(plentiful - available), '--reason', 'delivery for the demo'])
    else await mgmt(['items', 'show', sku])
  }
}

async function showFlow(order: string): Promise<void> {
  await mgmt(['events', 'tail', '--order', order, '--from-beginning', '--no-follow', '-q'])
}

async function latestOrder(context: string): Promise<{ id: string; status: string }> {
  const { stdout } = await mgmt(['orders', 'list', '--limit', '1', '-o', 'json', '--context', context], {
    silent: true,
  })
  return (JSON.parse(stdout) as { id: string; status: string }[])[0] ?? { id: '', status: 'missing' }
}

/** Compensation continues after an order has been cancelled, so the demo waits until its stock is released. */
async function stockIsBack(order: string): Promise<void> {
  const silent = setTimeout(() => console.log(`waiting for the stock of order ${order} to come back`), silentMs)
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await pause(50)) {
    const { stdout } = await mgmt(['orders', 'show', order, '-o', 'json'], { silent: true })
    if (stdout.includes('"stock.released"')) return clearTimeout(silent)
  }
  console.error(`the stock of order ${order} did not come back`)
  process.exit(1)
}

/** As the command prints it. */
const json = async <T>(...args: string[]): Promise<T> =>
  JSON.parse((await mgmt([...args, '-o', 'json'], { silent: true })).stdout) as T

interface Goods {
  id: string
  orderId: string
  status: string
}

/** The step comes from another service, so it takes a moment. */
async function untilTrue(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  const silent = setTimeout(() => console.log(`waiting until ${what}`), silentMs)
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await pause(50))
    if (await isTrue()) return clearTimeout(silent)
  console.error(`${what}: not within 30 s`)
  process.exit(1)
}

/** One of two lines leaves, the other is cancelled, and a piece comes back. */
async function partOfAnOrder(): Promise<void> {
  await mgmt(['locations', 'update', 'main', '--handover', 'manual', '--late-after', '24h'])
  await mgmt(['orders', 'create', '--line', 'mug=2', '--line', 'plate=1', ...as])
  const { id } = await latestOrder('demo-customer')
  let shipments: Goods[] = []
  await untilTrue('its shipment waits for the warehouse', async () => {
    shipments = await json<Goods[]>('shipments', 'list', '--order', id)
    return shipments.length > 0
  })
  print('The warehouse dispatches the mugs; the plate waits.')
  await mgmt(['shipments', 'dispatch', shipments[0]?.id ?? '', '--line', 'mug=2'])
  print('The customer does not want the plate any more: its price is refunded.')
  await mgmt(['orders', 'cancel', id, '--line', 'plate=1', '--wait', ...as])
  print('A mug comes back, is counted and goes to stock; its price is refunded too.')
  await mgmt(['returns', 'create', id, '--line', 'mug=1', '--detail', 'too small', ...as])
  const [announced] = await json<Goods[]>('returns', 'list', '--order', id)
  await mgmt(['returns', 'receive', announced?.id ?? '', '--line', 'mug=1'])
  await untilTrue('both refunds are given', async () => {
    const refunds = await json<Goods[]>('refunds', 'list', '--order', id)
    return refunds.length === 2 && refunds.every(({ status }) => status === 'given')
  })
  await mgmt(['orders', 'show', id])
  await mgmt(['locations', 'update', 'main', '--handover', 'auto'])
}

const customer = `demo-${randomBytes(3).toString('hex')}`
const as = ['--context', 'demo-customer']
const statuses: string[] = []

print('An operator logs in, and sees to the stock.')
await mgmt(['login', 'operator', '--password-file', join(addresses().dir, 'operator-password')])
await anItem('mug', 'Mug', '4.50')
await anItem('plate', 'Dinner plate', '12.00')

print('A customer signs up, orders two things, and waits until the order is completed.')
await mgmt(['signup', customer, '--password-stdin', ...as], { stdin: randomBytes(12).toString('base64url') })
const orders: [string, string[], number][] = [
  ['', ['--line', 'mug=2', '--line', 'plate=1'], 0],
  ['An order for more than there is: it is rejected, and nothing is held.', ['--line', 'mug=900000'], 3],
  [
    'A card that is declined: the order is cancelled, and its stock comes back.',
    ['--line', 'plate=3', '--payment-token', 'tok_declined'],
    3,
  ],
]
for (const [words, what, expected] of orders) {
  if (words) print(words)
  await mgmt(['orders', 'create', ...what, '--wait', '--timeout', '60s', ...as], { expects: [expected] })
  const { id, status } = await latestOrder('demo-customer')
  statuses.push(status)
  if (status === 'cancelled') await stockIsBack(id)
  print('What went over the topics:')
  await showFlow(id)
}
print('The warehouse hands over by itself: an order leaves in part, loses a line, and a piece of it comes back.')
await partOfAnOrder()
await mgmt(['items', 'list'])

if (statuses.join(' ') !== 'completed rejected cancelled') {
  console.error(`the three orders ended ${statuses.join(', ')}; expected completed, rejected, cancelled`)
  process.exit(1)
}
console.log(`
The stack is up. Go on with:
  ./bin/mgmt orders create --line mug=2 --wait     create an order, and wait for its end
  ./bin/mgmt events tail                           watch every event of the system go by
  ./bin/mgmt status                                see services, servers and queues
  ./bin/mgmt --help                                see what else there is
  ./bin/down-local.sh                              stop it (--purge deletes its data)`)
