import fc from 'fast-check'
import { serviceNames } from '@docket/addresses/addresses.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import type { OwnServers } from '@docket/local/own-servers.ts'
import { startCollector } from '@docket/test/support/collector.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { endpointsOf } from '../endpoints.ts'
import { fixtures } from '../fixtures.ts'
import { headersFor } from '../people.ts'
import { closeConnections, send } from '../send.ts'
import { canaries, type Canaries } from './canaries.ts'
import { commandLooks, importLooks, loggedIn, operatedLooks, type Shown } from './commands.ts'
import { boardLooks, endpointLooks, feedLooks, type Look } from './looks.ts'
import { anObserver, plant } from './plant.ts'

const inFlight = 12
const shownFindings = 40
const shares = { feed: 0.6, endpoint: 0.3, board: 0.1 } as const

interface Tally {
  looks: number
  characters: number
  events: number
}

interface Findings {
  tallies: Map<string, Tally>
  found: Map<string, string>
}

/**
 * An observer sends filters, and opens views, by the thousand: nothing that the contract masks may be in an answer, on
 * the board, in what mgmt prints or keeps, or in logs, spans and metrics. Returns how often something was.
 */
export async function lookForMasked(
  { looks, seed, untilMs }: { looks: number; seed: number; untilMs: number },
  { signal, start }: OwnServers,
): Promise<number> {
  await start()
  const collector = await startCollector()
  const stack = await startStack(Object.fromEntries(serviceNames.map(name => [name, settings(collector.endpoint)])))
  const secret = canaries(seeded(seed))
  const findings: Findings = { tallies: new Map(), found: new Map() }
  const stops: (() => void)[] = []
  try {
    const made = await fixtures(stack)
    const observer = await anObserver(stack)
    await plant(stack, secret)
    await expectPlanted(stack, secret)
    const words = { hint: secret.hint, orders: made.orders, skus: made.skus, customers: [made.customer.id] }
    const login = await loggedIn(stack, observer)
    const board = await login.board()
    stops.push(board.stop)
    const people = headersFor(stack.at.dir, observer, observer, observer)
    const urlOf = (name: string) => stack.services[name.replace('-service', '') as keyof Stack['services']]
    const endpoints = (await Promise.all(serviceNames.map(name => endpointsOf(name, urlOf(name))))).flat()
    const kinds = {
      feed: feedLooks(stack.services.order, words, people('operator', 'bearer', false)),
      endpoint: endpointLooks(endpoints, made, people),
      board: boardLooks(board.url, board.key, words),
    }
    for (const kind of ['feed', 'endpoint', 'board'] as const) {
      const queue = fc.sample(kinds[kind], { seed, numRuns: Math.round(looks * shares[kind]) })
      const isOver = () => signal.aborted || performance.now() > untilMs
      await Promise.all(
        Array.from({ length: inFlight }, async () => {
          for (let look = queue.pop(); look && !isOver(); look = queue.pop()) await judge(look, secret, findings)
        }),
      )
      if (queue.length > 0) findings.found.set(`${kind}: ${queue.length} looks were left when the time was over`, '')
      console.log(`${kind}: ${findings.tallies.get(kind)?.looks} looks, ${findings.found.size} findings`)
    }
    const customer = await loggedIn(stack, made.customer)
    const [sku = ''] = made.skus
    const brokers = stack.sources.kafkaBrokers.join(',')
    for (const shown of [
      commandLooks(login, words, brokers),
      importLooks(stack, customer, sku, secret),
      [board.shown()],
      operatedLooks(stack, collector.spans),
    ])
      for await (const one of shown) note(one.by.split(' ').slice(0, 3).join(' '), one, secret, findings)
    console.log(tableOf(findings))
    return findings.found.size
  } finally {
    for (const stop of stops) stop()
    closeConnections()
    await stack.stop()
    await collector.close()
  }
}

/** No limits but those of what is looked for; everything is traced, and observers exist. */
const settings = (collector: string) => ({
  PRODUCES_FROM: '0.2.0',
  LIMIT_REQUESTS_PER_SECOND: '100000',
  LIMIT_REQUESTS_BURST: '100000',
  LIMIT_STREAMS: '1000',
  LOG_LEVEL: 'debug',
  OTEL_EXPORTER_OTLP_ENDPOINT: collector,
  OTEL_BSP_SCHEDULE_DELAY: '200',
})

function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0 // Numerical Recipes: good enough for letters
    return state / 2 ** 32
  }
}

/** An operator who asks sees addresses. If there were none to be seen, nothing else would have to be masked. */
async function expectPlanted({ operator }: Stack, { foundIn }: Canaries): Promise<void> {
  const { body } = await operator.get('order', '/events?from=beginning&follow=false&personal=true')
  if (foundIn(String(body.text)) === undefined) throw new Error('an operator who asks sees none of what was planted')
}

async function judge({ kind, sent, findsNothing }: Look, secret: Canaries, findings: Findings): Promise<void> {
  const by = `${kind}: ${sent.method} ${sent.path}`
  try {
    const { status, headers, text } = await send(sent)
    const events = text.match(/^event: event$/gm)?.length ?? 0
    note(kind, { by: `${by} (${status})`, text: JSON.stringify(headers) + text }, secret, findings, events)
    if (findsNothing && events > 0)
      findings.found.set(`${by}: it found ${events} events by what is masked`, text.slice(0, 300))
  } catch (error) {
    findings.found.set(`${kind}: no answer: ${messageOf(error)}`, by)
  }
}

function note(
  kind: string,
  { by, text }: Shown,
  { foundIn }: Canaries,
  { tallies, found }: Findings,
  events = 0,
): void {
  const tally = tallies.get(kind) ?? { looks: 0, characters: 0, events: 0 }
  tallies.set(kind, {
    looks: tally.looks + 1,
    characters: tally.characters + text.length,
    events: tally.events + events,
  })
  const shown = foundIn(text)
  // of each place and kind of look, the first
  if (shown !== undefined) found.set(`${kind}, ${shown.slice(-100)}`, `${by}: …${shown}…`)
}

function tableOf({ tallies, found }: Findings): string {
  const rows = [...tallies].map(([kind, { looks, characters, events }]) =>
    [
      kind.padEnd(28),
      String(looks).padStart(6),
      `${(characters / 1e6).toFixed(1)} MB`.padStart(10),
      String(events).padStart(9),
    ].join(' '),
  )
  const shown = [...found]
    .slice(0, shownFindings)
    .map(([by, text]) => `- ${by.slice(0, 400)}\n    …${text.replaceAll('\n', ' ')}…`)
  return [
    '',
    `${'looked at'.padEnd(28)}  looks       read    events`,
    ...rows,
    '',
    `${found.size} findings`,
    ...shown,
  ].join('\n')
}
