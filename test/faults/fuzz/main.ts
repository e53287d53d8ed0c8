/**
 * Sends invalid and hostile requests to every endpoint of all services, and checks each answer against openapi.json:
 *   npm run fuzz -- [--requests 100000] [--seed S] [--minutes M]
 * Looks, as an observer, for values that are masked, with 10,000 filters and views:
 *   npm run fuzz -- --masked [--requests 10000] [--seed S] [--minutes M]
 */
import { parseArgs } from 'node:util'
import { serviceNames } from '@docket/addresses/addresses.ts'
import { onOwnServers, type OwnServers } from '@docket/local/own-servers.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { endpointsOf } from './endpoints.ts'
import { fixtures } from './fixtures.ts'
import { fuzz } from './fuzz.ts'
import { lookForMasked } from './masked/main.ts'
import { headersFor } from './people.ts'
import { tableOf } from './report.ts'
import { closeConnections } from './send.ts'
import { watch } from './watch.ts'

interface Options {
  masked: boolean
  requests: number
  seed: number
  minutes: number
}

function options(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      masked: { type: 'boolean', default: false },
      requests: { type: 'string' },
      seed: { type: 'string' },
      minutes: { type: 'string' },
    },
  })
  const whole = (name: 'requests' | 'seed' | 'minutes', otherwise: number) => {
    const value = Number(values[name] ?? otherwise)
    if (!(value >= 0)) throw new Error(`--${name} ${values[name]} is not a number`)
    return value
  }
  return {
    masked: values.masked,
    requests: whole('requests', values.masked ? 10_000 : 100_000),
    seed: Math.trunc(whole('seed', Math.random() * 2 ** 31)),
    minutes: whole('minutes', 30),
  }
}

async function run({ masked, requests, seed, minutes }: Options, own: OwnServers): Promise<number> {
  const { at, signal, start } = own
  console.log(`seed ${seed}, ${requests} requests, at the most ${minutes} minutes`)
  const untilMs = performance.now() + minutes * 60_000
  if (masked) return lookForMasked({ looks: requests, seed, untilMs }, own)
  await start()
  const stack = await startStack()
  try {
    const made = await fixtures(stack)
    const endpoints = (await Promise.all(serviceNames.map(name => endpointsOf(name, urlOf(stack, name))))).flat()
    const watched = watch(at.dir, stack)
    const { tallies, findings } = await fuzz({
      endpoints,
      seed,
      requests,
      untilMs,
      signal,
      fixtures: made,
      headersFor: headersFor(at.dir, made.customer, made.other, stack.operator),
      print: console.log,
    })
    const lateFindings = [...(await watched.findings()), ...(await reconciliationFindings(stack))]
    console.log(tableOf(tallies, findings, lateFindings, await watched.memory()))
    return findings.size + lateFindings.length
  } finally {
    closeConnections()
    await stack.stop()
  }
}

async function reconciliationFindings(stack: Stack): Promise<string[]> {
  return Promise.all(
    (await stack.reconcile()).map(async wrong => {
      const [id] = /[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/.exec(wrong) ?? []
      return id === undefined
        ? wrong
        : `${wrong}\n    ${JSON.stringify((await stack.operator.get('order', `/orders/${id}`)).body).slice(0, 800)}`
    }),
  )
}

const urlOf = (stack: Stack, name: string) => stack.services[name.replace('-service', '') as keyof Stack['services']]

const settings = options(process.argv.slice(2))
const found = await onOwnServers(own => run(settings, own))
process.exitCode = found > 0 ? 1 : 0
