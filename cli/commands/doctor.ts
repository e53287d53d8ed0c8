import { Command } from 'commander'
import { lettersOf } from '../dead-letters.ts'
import { withCauses } from '../diagnosis.ts'
import { exit } from '../failure.ts'
import { isWell, statusOf } from '../health.ts'
import type { Make, Mgmt } from '../mgmt.ts'
import { renderChecks, type Check } from '../render/doctor.ts'
import type { Order } from '../shapes.ts'

export const doctor: Make = ready => new Command('doctor')
  .description('Look for what is wrong: services, queues, dead letters, orders that are stuck; with --books also every invariant')
  .option('--books', 'hold the databases, the topics and the provider\'s ledger against each other; needs to read the databases')
  .addHelpText('after', `
Examples:
  $ mgmt doctor
  $ mgmt doctor --books -o json

The books are those of the local stack, or of the databases that MGMT_ORDERS_DATABASE_URL, MGMT_INVENTORY_DATABASE_URL,
MGMT_PAYMENTS_DATABASE_URL and MGMT_SHIPPING_DATABASE_URL name. Exit status: 0 all is well, 1 something is wrong, 5 something is away.`)
  .action(async ({ books }: { books?: boolean }) => {
    const mgmt = await ready()
    const status = await statusOf(mgmt)
    const checks: Check[] = [
      ...status.services.map((service): Check => service.status === 'ready'
        ? { name: service.service, ok: true, text: 'ready' }
        : { name: service.service, ok: false, text: service.status === 'away' ? `away: ${service.detail}` : 'not ready', next: 'mgmt status' }),
      status.kafka.ok ? { name: 'Kafka', ok: true, text: `${status.kafka.topics} topics` } : { name: 'Kafka', ok: false, text: status.kafka.detail, next: './bin/up-local.sh' },
      ...status.kafka.ok ? [await lettersCheck(mgmt)] : [],
      await stuckCheck(mgmt),
      ...books ? await bookChecks(mgmt) : [],
    ]
    await mgmt.print(checks, renderChecks)
    if (!isWell(status)) mgmt.exitWith(exit.unreachable)
    else if (checks.some(({ ok }) => !ok)) mgmt.exitWith(exit.failed)
  })

async function lettersCheck(mgmt: Mgmt): Promise<Check> {
  const waiting = (await lettersOf(mgmt)).filter(letter => letter.redrivenAt === null)
  return waiting.length === 0 ? { name: 'dead letters', ok: true, text: 'none waits' } : { name: 'dead letters', ok: false, text: `${waiting.length} wait`, next: 'mgmt dlq list' }
}

const shownStuck = 100

async function stuckCheck(mgmt: Mgmt): Promise<Check> {
  try {
    const stuck = await withCauses(mgmt, await mgmt.api.list<Order>('order', '/orders', { stuck: 'true' }, shownStuck))
    const [first] = stuck
    if (!first) return { name: 'orders', ok: true, text: 'none is stuck' }
    return { name: 'orders', ok: false, text: `${stuck.length}${stuck.length === shownStuck ? ' or more' : ''} stuck: ${first.cause?.text ?? 'for no reason that can be seen'}`, next: 'mgmt orders list --stuck' }
  } catch (error) {
    return { name: 'orders', ok: false, text: error instanceof Error ? error.message : String(error), next: 'mgmt login operator' }
  }
}

async function bookChecks(mgmt: Mgmt): Promise<Check[]> {
  const [{ booksOf }, { audit }, { invariants }] = await Promise.all([import('@docket/books/addresses.ts'), import('@docket/books/audit.ts'), import('@docket/books/books.ts')])
  const { findings, counts } = await audit(booksOf(process.env, mgmt.context.kafkaBrokers.split(',')))
  mgmt.note(`${counts.orders} orders (${counts.underWay} under way), ${counts.events} events, ${counts.items} items looked at`)
  return Object.entries(invariants).map(([invariant, text]) => {
    const wrong = findings.filter(finding => finding.invariant === invariant)
    const [first] = wrong
    return first ? { name: `${invariant} ${text}`, ok: false, text: `${wrong.length} wrong: ${first.about} ${first.text}`, next: 'npm run check:books' } : { name: `${invariant} ${text}`, ok: true, text: 'holds' }
  })
}
