/** The main job of Docket, shown with the command line as a person would type it: `./bin/demo.sh`. */
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

/** Undoing goes on after an order has been cancelled: waits until its stock has been released. */
async function stockIsBack(order: string): Promise<void> {
  const silent = setTimeout(() => console.log(`waiting for the stock of order ${order} to come back`), silentMs)
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await pause(50)) {
    const { stdout } = await mgmt(['orders', 'show', order, '-o', 'json'], { silent: true })
    if (stdout.includes('"stock.released"')) return clearTimeout(silent)
  }
  console.error(`the stock of order ${order} did not come back`)
  process.exit(1)
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
