import { spawn as spawnInTerminal } from '@lydell/node-pty'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { There } from './mgmt-samples.ts'
import { json, loggedIn, main, mgmt, startSession, type Answer, type Given } from './mgmt-process.ts'
import { recordsOf } from '@docket/cli/bulk/records.ts'
import { entries } from '@docket/cli/generated/commands.ts'
import { widthOf } from '@docket/cli/render/width.ts'
import { jsonSchemaOf } from '@docket/cli/shape.ts'

// Every command in every format, in a pipe and on a real terminal. @lydell/node-pty ships its binaries in packages, so
// nothing is compiled or fetched at installation; unlike script(1), it can resize, and behaves the same on every
// machine.

const evil = 'Mug \u001b]0;owned\u0007\u009b2J\u202E 注文が届きません'
const time = '2026-01-31T12:00:00.000Z'
const id = '01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23'
export const answered: There = { ORDER: id, SKU: 'mug', USERNAME: 'ada', FRESH: 'fresh' }
export const anOrder = {
  id,
  customerId: '01981b2c-0000-7a10-8c4f-2b6d9e0f1a01',
  status: 'cancelled',
  reason: 'payment_failed',
  detail: evil,
  lines: [{ sku: 'mug', name: evil, quantity: 2, unitPrice: 450, cancelled: 1, shipped: 1, returned: 1 }],
  total: 900,
  currency: 'EUR',
  createdAt: time,
  updatedAt: time,
  expiresAt: time,
  version: 2,
  stuck: false,
  timeline: [
    { at: time, event: 'order.created', service: 'order-service' },
    { at: time, event: 'order.lines_cancelled', service: 'order-service', detail: evil, ref: id },
    { at: time, event: 'order.cancelled', service: 'order-service', detail: evil },
  ],
}
const cancelRequest = {
  requestId: id,
  orderId: id,
  status: 'partly',
  lines: [{ sku: 'mug', quantity: 2 }],
  withdrawn: [{ sku: 'mug', quantity: 1, location: evil }],
  refused: [{ sku: 'mug', quantity: 1 }],
  detail: evil,
  requestedBy: id,
  requestedAt: time,
  answeredAt: time,
}
const item = {
  sku: 'mug',
  name: evil,
  unitPrice: 450,
  currency: 'EUR',
  available: 5,
  reserved: 1,
  shipped: 2,
  scrapped: 1,
  lost: 1,
  received: 9,
}
const user = { id, username: 'ada', role: 'operator' }
const account = { ...user, disabled: false }
const session = {
  id,
  createdAt: time,
  lastUsedAt: time,
  ip: '2001:db8:1234:5678:9abc:def0:1234:5678',
  userAgent: evil,
  current: true,
}
const payment = {
  orderId: id,
  id,
  status: 'charging',
  amount: 900,
  refunded: 300,
  owed: 200,
  currency: 'EUR',
  givenUpAt: time,
  attempts: [{ kind: 'charge', outcome: 'error', answer: evil, at: time }],
  refunds: [{ id, status: 'given', amount: 300, currency: 'EUR', reason: 'returned', at: time }],
  openRefunds: [{ id, status: 'failed', amount: 200, currency: 'EUR', reason: 'goodwill', cause: evil, at: time }],
  createdAt: time,
  updatedAt: time,
}
const { attempts: _, refunds: __, openRefunds: ___, ...paymentSummary } = payment
const refund = {
  id,
  orderId: id,
  status: 'failed',
  amount: 200,
  requested: 300,
  currency: 'EUR',
  reason: 'goodwill',
  note: evil,
  cause: evil,
  decidedBy: id,
  createdAt: time,
  updatedAt: time,
}
const shipment = {
  orderId: id,
  id,
  location: evil,
  status: 'lost',
  claim: 'lost',
  carrier: evil,
  trackingNumber: 'HP01981B2C7D3E8C4F2B6D',
  lines: [{ sku: 'mug', quantity: 2, returned: 1 }],
  shippingAddress: { name: evil, line1: 'Quay 1', postalCode: '20457', city: 'Hamburg', country: 'DE' },
  createdAt: time,
  lateAt: time,
  shippedAt: time,
  endedAt: time,
}
const carrierReport = {
  carrier: 'harbour-post',
  id: evil,
  trackingNumber: evil,
  status: 'lost',
  detail: evil,
  at: time,
  receivedAt: time,
}
const movement = {
  id: 7,
  sku: 'mug',
  kind: 'adjusted',
  location: 'main',
  available: -2,
  reserved: 0,
  shipped: 0,
  scrapped: 0,
  lost: 0,
  moved: 0,
  ref: id,
  reason: evil,
  at: time,
}
const aReturn = {
  id,
  orderId: id,
  shipmentId: id,
  kind: 'found',
  status: 'received',
  lines: [
    { sku: 'mug', quantity: 1, condition: 'restock' },
    { sku: 'mug', quantity: 1, condition: 'scrap' },
  ],
  lostIn: id,
  location: evil,
  detail: evil,
  createdAt: time,
  endedAt: time,
}
const orderSteps = {
  at: time,
  isLimited: true,
  windowSeconds: 60,
  perSecond: { created: 1.5, completed: 1, rejected: 0, cancelled: 0.5 },
  steps: [
    {
      name: 'charge',
      service: 'payment-service',
      step: 'the charge',
      orders: 2,
      stuck: 1,
      oldestSince: time,
      perSecond: 1,
      p50Ms: 12,
      p95Ms: 40.5,
    },
  ],
  orders: [
    {
      id,
      customerId: id,
      status: 'pending',
      total: 900,
      currency: 'EUR',
      createdAt: time,
      stuck: true,
      waitsFor: { name: 'charge', service: 'payment-service', step: evil, since: time },
      lines: [{ sku: 'mug', quantity: 2 }],
    },
  ],
}
const location = { name: evil, handover: 'manual', lateAfterSeconds: 86_400 }
const event = {
  topic: 'order-events',
  partition: 0,
  offset: 1,
  time,
  key: id,
  type: 'order.cancelled',
  headers: { ce_id: id },
  data: { orderId: id, reason: 'requested', detail: evil },
}
const readiness = {
  status: 'ready',
  service: 'x',
  version: '0.2.0',
  uptimeSeconds: 5,
  checks: { database: { ok: true } },
  outbox: { mode: 'relay', rows: 0, oldestSeconds: 0, modes: ['relay'] },
}

const act = {
  id,
  at: time,
  act: 'stock.adjusted',
  by: { userId: id, username: evil, role: 'operator' },
  from: evil,
  on: { kind: 'item', id: evil },
  service: 'inventory-service',
  orderId: id,
  reason: evil,
  detail: evil,
}
const reports: Record<string, object> = {
  '/reports/sales': {
    key: evil,
    currency: 'EUR',
    orders: 2,
    pieces: 3,
    gross: 900,
    cancelled: 300,
    returned: 0,
    net: 600,
  },
  '/reports/money': { currency: 'EUR', captured: 900, refunded: 350, owed: 0, goodwill: 50, kept: 550 },
  '/reports/lead-time': { step: evil, orders: 2, p50: 1.25, p95: 2.5, longest: 90 },
  '/reports/reasons': { status: 'rejected', reason: evil, currency: 'EUR', orders: 2, total: 900 },
}

const page = (one: unknown) => ({ items: [one], nextCursor: null })

/** Their texts try to control a terminal, so that every command is seen to clean them. */
export const services: Answer = (req, res) => {
  const path = (req.url ?? '').split('?')[0] ?? ''
  if (path.endsWith('/stream')) {
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const [at, entry] of anOrder.timeline.entries())
      res.write(`id: ${at + 1}\nevent: ${entry.event}\ndata: ${JSON.stringify(entry)}\n\n`)
    return void res.end()
  }
  if (path === '/events') {
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const [type, data] of Object.entries({ event, 'caught-up': {}, end: {} }))
      res.write(`id: order-events:2\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`)
    return void res.end()
  }
  if (path === '/logout' || req.method === 'DELETE') return void res.writeHead(204).end()
  if (path.endsWith('/sessions')) return json(res, 200, page(session))
  if (path.endsWith('/reset-password'))
    return json(res, 200, { ...account, password: 'abcde-fghjk-mnpqr-stuvw', hours: 24 })
  if (path === '/readyz') return json(res, 200, readiness)
  if (path === '/order-steps') return json(res, 200, orderSteps)
  if (path === '/audit') return json(res, 200, page(act))
  if (reports[path]) return json(res, 200, { items: [reports[path]] })
  if (path === '/me/password') return startSession(res)
  if (path === '/me') return json(res, 200, user)
  if (path.startsWith('/users/')) return json(res, 200, account)
  if (path === '/users') return json(res, 200, page(account))
  if (path.endsWith('/resend')) return json(res, 200, { orderId: id, type: 'order.created', id, sequence: 1, time })
  if (path.endsWith('/refunds')) return json(res, 200, req.method === 'GET' ? page(refund) : refund)
  if (path.startsWith('/refunds')) return json(res, 200, refund)
  if (/^\/orders\/[^/]+\/shipments$/.test(path)) return json(res, 200, page(shipment))
  if (/^\/orders\/[^/]+\/returns$/.test(path)) return json(res, 200, page(aReturn))
  if (path.endsWith('/cancel-requests')) return json(res, 200, { items: [cancelRequest] })
  if (path.startsWith('/orders'))
    return json(
      res,
      200,
      path === '/orders' && req.method === 'GET' ? page({ ...anOrder, timeline: undefined }) : anOrder,
    )
  if (path === '/payments') return json(res, 200, page(paymentSummary))
  if (path.startsWith('/payments')) return json(res, 200, payment)
  if (path.startsWith('/shipments')) return json(res, 200, path === '/shipments' ? page(shipment) : shipment)
  if (path === '/carrier-reports') return json(res, 200, { items: [carrierReport] })
  if (path.startsWith('/carrier-reports')) return json(res, 200, carrierReport)
  if (path.startsWith('/returns'))
    return json(res, 200, path === '/returns' && req.method === 'GET' ? page(aReturn) : aReturn)
  if (path.startsWith('/locations')) return json(res, 200, path === '/locations' ? { items: [location] } : location)
  if (path === '/sessions/ended-for-reuse') return json(res, 200, { items: [], nextCursor: null })
  if (path === '/provider') return json(res, 200, { breaker: 'closed', stuck: 0, refunds: { failed: 0, late: 0 } })
  if (path.endsWith('/movements')) return json(res, 200, page(movement))
  if (path.startsWith('/items')) return json(res, 200, path === '/items' && req.method === 'GET' ? page(item) : item)
  json(res, 404, { code: 'not_found', detail: 'Nothing is here.' })
}

export interface Ended {
  status: number | null
  text: string
}

export function onTerminal(
  { env }: Pick<Given, 'env'>,
  args: string[],
  {
    columns = 80,
    program: [file = '', ...before] = [process.execPath, main],
    act,
  }: {
    columns?: number
    program?: string[]
    act?: (terminal: ReturnType<typeof spawnInTerminal>, text: () => string) => void
  } = {},
): Promise<Ended> {
  const terminal = spawnInTerminal(file, [...before, ...args], {
    cols: columns,
    rows: 30,
    name: env.TERM ?? 'xterm-256color',
    env: { PATH: process.env.PATH ?? '', ...env },
  })
  let text = ''
  terminal.onData(data => {
    text += data
    act?.(terminal, () => text)
  })
  // what waits for ever shows its screen, and does not keep the worker of the test from ending
  const limit = setTimeout(() => {
    text += '\n(it was still there after 45 s, and was killed)'
    terminal.kill('SIGKILL')
  }, 45_000)
  return new Promise(resolve => {
    terminal.onExit(({ exitCode }) => {
      clearTimeout(limit)
      resolve({ status: exitCode, text })
    })
  })
}

const ajv = new Ajv2020({ allowUnionTypes: true })
const ofCommand = new Map(entries.map(entry => [entry.path, entry]))

async function wrongWith(command: string, value: unknown, isLine: boolean): Promise<string | undefined> {
  const { about } = (await ofCommand.get(command)?.load()) ?? {}
  if (!about) throw new Error(`there is no command ${command}`)
  const schema: { items?: object; anyOf?: { items?: object }[] } = jsonSchemaOf(about.prints)
  const elements = [schema.items, ...(schema.anyOf?.map(({ items }) => items) ?? [])].filter(one => one !== undefined)
  const validate = ajv.compile(isLine && elements.length > 0 ? { anyOf: [...elements, schema] } : schema)
  return validate(value)
    ? undefined
    : `${JSON.stringify(validate.errors?.slice(0, 3))} in ${JSON.stringify(value).slice(0, 300)}`
}

const sgr = new RegExp(`${'\u001b'}\\[[0-9;]*m`, 'g')
/** Without colours and line ends, no control character may remain. */
const plain = (text: string) => !/[^\P{C}\n\r]/u.test(text.replaceAll(sgr, ''))

const isForShells = new Set(['completion', 'dev token'])

export interface Case {
  args?: string[]
  files?: Record<string, string>
  expects?: number
}

export async function expectAllForms(
  t: ExecutionContext,
  command: string,
  one: Case,
  env: Record<string, string> = {},
): Promise<Given['requests']> {
  const setup = await loggedIn(t, services)
  Object.assign(setup.env, env)
  const before = setup.requests.length
  await expectFormsAt(t, setup, command, one)
  return setup.requests.slice(before)
}

export async function expectFormsAt(
  t: ExecutionContext,
  setup: Pick<Given, 'env' | 'home'>,
  command: string,
  { args = [], files = {}, expects = 0 }: Case,
): Promise<void> {
  const words = () => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(setup.home, name), text)
    return [...command.split(' '), ...args.map(arg => arg.replace('HOME/', `${setup.home}/`)), '-q']
  }
  for (const format of ['table', 'json', 'jsonl']) {
    const piped = await mgmt(setup, [...words(), '-o', format])
    t.is(piped.status, expects, `${command} -o ${format} in a pipe: ${piped.stderr}`)
    if (command === 'logout') await mgmt(setup, ['login', 'ada', '--password-stdin'], 'secret\n')
    const seen = await onTerminal(setup, [...words(), '-o', format])
    t.is(seen.status, expects, `${command} -o ${format} on a terminal: ${seen.text}`)
    if (command === 'logout') await mgmt(setup, ['login', 'ada', '--password-stdin'], 'secret\n')
    t.true(
      plain(seen.text),
      `${command} -o ${format} sends control characters to the terminal: ${JSON.stringify(seen.text.slice(0, 500))}`,
    )
    if (format === 'table') {
      t.true(
        plain(piped.stdout) && !piped.stdout.includes('\u001b'),
        `${command} in a pipe is plain: ${JSON.stringify(piped.stdout.slice(0, 300))}`,
      )
      if (!isForShells.has(command))
        for (const line of seen.text.split(/\r?\n/)) t.true(widthOf(line) <= 80, `${command} fits 80 columns: ${line}`)
    }
    const printed = expects === 0 ? [piped.stdout, seen.text] : [piped.stdout] // a terminal shows the error, too
    for (const text of format === 'table' ? [] : printed) {
      const values =
        format === 'json'
          ? [JSON.parse(text) as unknown]
          : text
              .trim()
              .split(/\r?\n/)
              .filter(Boolean)
              .map(line => JSON.parse(line) as unknown)
      for (const value of values)
        t.is(await wrongWith(command, value, format === 'jsonl'), undefined, `${command} -o ${format}`)
    }
  }
  await expectCsv(t, setup, command, words(), expects)
}

/** The header and all rows must have equally many cells, and nothing may control a terminal. */
async function expectCsv(
  t: ExecutionContext,
  setup: Pick<Given, 'env'>,
  command: string,
  words: string[],
  expects: number,
): Promise<void> {
  const { status, stdout, stderr } = await mgmt(setup, [...words, '-o', 'csv'])
  t.is(status, expects, `${command} -o csv: ${stderr}`)
  const [head, ...rows] = await Array.fromAsync(recordsOf(whole(stdout)))
  if (!head) return void t.is(stdout, '')
  t.deepEqual(
    head.fields.filter(name => !/^\w+$/.test(name)),
    [],
    `${command} -o csv: ${stdout}`,
  )
  for (const { fields, broken } of rows)
    t.deepEqual([fields.length, broken], [head.fields.length, undefined], `${command} -o csv: ${stdout}`)
  t.true(plain(stdout), `${command} -o csv sends control characters: ${JSON.stringify(stdout.slice(0, 300))}`)
}

async function* whole(text: string) {
  yield text
}
