/**
 * Every failpoint of every service, with every fault: npm run faults:points -- [--shard 1/6] [--only TEXT]...
 * [--sample N --turn T] [--list] On servers of its own. Exit status 1 when something did not hold.
 */
import { parseArgs } from 'node:util'
import { onOwnServers } from '@docket/local/own-servers.ts'
import { sampleOf, scenarios, shardOf, type Scenario } from './failpoints.ts'
import { play, prepareField, type Outcome } from './scenario.ts'

const { values } = parseArgs({
  options: {
    shard: { type: 'string' },
    only: { type: 'string', multiple: true, default: [] },
    sample: { type: 'string' },
    turn: { type: 'string', default: '0' },
    list: { type: 'boolean', default: false },
  },
})

const nameOf = ({ service, failpoint, mode }: Scenario) =>
  `${service.padEnd(18)} ${failpoint.padEnd(15)} ${mode.padEnd(12)}`

function chosen(): Scenario[] {
  const wanted = scenarios.filter(scenario => {
    const name = nameOf(scenario).replace(/ +/g, ' ')
    return values.only.every(text => name.includes(text))
  })
  if (values.sample !== undefined)
    return sampleOf(wanted, Number(values.sample), Number(values.turn), Math.ceil(Number(values.sample) / 6))
  return values.shard === undefined ? wanted : shardOf(wanted, values.shard)
}

function show({ scenario, seconds, orders, compared, wrong }: Outcome): void {
  console.log(
    `${wrong.length === 0 ? 'ok   ' : 'WRONG'}  ${nameOf(scenario)}  ${String(orders).padStart(3)} orders  ${seconds.toFixed(1).padStart(5)} s${compared === undefined ? '' : `, ${compared} compared`}`,
  )
  for (const sentence of wrong.slice(0, 10)) console.log(`         ${sentence}`)
}

const list = chosen()
if (values.list) for (const scenario of list) console.log(nameOf(scenario))
else
  process.exitCode = await onOwnServers(async ({ start, signal }) => {
    await start()
    const began = performance.now()
    const outcomes: Outcome[] = []
    const field = await prepareField()
    try {
      for (const scenario of list) {
        if (signal.aborted) break
        const outcome = await play(field, scenario)
        show(outcome)
        outcomes.push(outcome)
      }
    } finally {
      await field.stop()
    }
    const failed = outcomes.filter(({ wrong }) => wrong.length > 0).length
    const orders = outcomes.reduce((sum, outcome) => sum + outcome.orders, 0)
    console.log(
      `\n${outcomes.length} of ${list.length} scenarios in ${Math.round((performance.now() - began) / 60_000)} min, ${orders} orders: ${outcomes.length - failed} held, ${failed} did not`,
    )
    return failed === 0 && outcomes.length === list.length ? 0 : 1
  })
