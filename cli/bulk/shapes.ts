import { messageOf } from '@docket/foundation/errors.ts'
import type { Body, PostItems, PostOrders, PostShipmentsByIdDispatch } from '../client/generated/requests.ts'
import { parseMoney } from '../input/money.ts'
import type { Columns, Row } from './rows.ts'
import {
  cardTokenPattern,
  cardTokenRule,
  currencyPattern,
  currencyRule,
  mostLines,
  mostOfALine,
  skuPattern,
  skuRule,
} from '@docket/contract/terms.ts'

export interface Problem {
  path: string
  message: string
}

export type Checked<Sent extends Body = Body> =
  | {
      body: Sent
      id?: string
    }
  | { problems: Problem[] }

export const orderColumns: Columns = {
  noun: 'order',
  names: ['sku', 'quantity', 'lines', 'payment_token', 'shipping_address', 'id'],
  unused: [],
  missing: names =>
    names.has('lines') ? undefined : (['sku', 'quantity'].find(name => !names.has(name)) ?? undefined),
}

/** A list can be imported again, so its columns are accepted, and available pieces become the stock of the new item. */
export const itemColumns: Columns = {
  noun: 'item',
  names: ['sku', 'name', 'price', 'unitPrice', 'currency', 'quantity', 'available', 'id'],
  unused: ['reserved', 'shipped', 'scrapped', 'lost', 'received'],
  missing: names =>
    ['sku', 'name', 'currency'].find(name => !names.has(name)) ??
    (names.has('price') || names.has('unitPrice') ? undefined : 'price') ??
    (names.has('quantity') || names.has('available') ? undefined : 'quantity'),
}

export const scanColumns: Columns = {
  noun: 'scan',
  names: ['shipment', 'carrier', 'tracking_number', 'lines', 'id'],
  unused: [],
  missing: names => (names.has('shipment') ? undefined : 'shipment'),
}

function collector({ values }: Row) {
  const problems: Problem[] = []
  for (const [name, value] of Object.entries(values))
    if (typeof value === 'string' && value.includes('\uFFFD'))
      problems.push({ path: name, message: 'has a letter that was lost (U+FFFD): save the original as CSV UTF-8' })
  return { problems, wrong: (path: string, message: string) => void problems.push({ path, message }) }
}

/** An id in the file identifies the row however its values change. */
function idOf({ id }: Row['values'], wrong: Wrong): { id: string } | object {
  if (id === undefined || id === null) return {}
  const text = String(id)
  if (typeof id === 'object' || text.length > 200 || text.trim() === '')
    wrong('id', 'must be 1 to 200 letters or digits')
  return { id: text }
}

/**
 * An order: `sku` and `quantity`, or `lines` (`mug=2 plate=1`; in JSON a list of {sku, quantity}), and optionally
 * `paymentToken` and `shippingAddress` (in CSV: payment_token, and shipping_address as JSON).
 */
export function orderRow(row: Row): Checked<PostOrders> {
  const { values, broken } = row
  if (broken !== undefined) return { problems: [{ path: '', message: broken }] }
  const { problems, wrong } = collector(row)
  const known = [...orderColumns.names, 'paymentToken', 'shippingAddress']
  for (const name of Object.keys(values))
    if (!known.includes(name))
      wrong(name, `is no column of an order; there are ${known.filter(one => !/[A-Z]/.test(one)).join(', ')}`)
  const lines = linesOf(values, wrong)
  const token = values.payment_token ?? values.paymentToken
  if (token !== undefined && !cardTokenPattern.test(String(token))) wrong('payment_token', cardTokenRule)
  const address = addressOf(values.shipping_address ?? values.shippingAddress, wrong)
  const id = idOf(values, wrong)
  return problems.length > 0
    ? { problems }
    : {
        body: {
          lines,
          ...(token !== undefined && { paymentToken: token as string }),
          ...(address !== undefined && { shippingAddress: address }),
        },
        ...id,
      }
}

type Wrong = (path: string, message: string) => void

function linesOf({ sku: one, quantity, lines }: Row['values'], wrong: Wrong): { sku: string; quantity: number }[] {
  if (lines === undefined) return [lineOf(one, quantity, '', wrong)]
  if (one !== undefined || quantity !== undefined) wrong('lines', 'replaces sku and quantity: give one of the two')
  const list =
    typeof lines === 'string'
      ? lines
          .trim()
          .split(/[\s;]+/)
          .map(text => ({ sku: text.split('=')[0], quantity: text.split('=')[1] }))
      : lines
  if (!Array.isArray(list) || list.length === 0 || list.length > mostLines) {
    wrong('lines', `must be 1 to ${mostLines}, such as mug=2 plate=1`)
    return []
  }
  return list.map((line: { sku?: unknown; quantity?: unknown } | null, at) =>
    lineOf(line?.sku, line?.quantity, `lines.${at}.`, wrong),
  )
}

function lineOf(name: unknown, quantity: unknown, path: string, wrong: Wrong): { sku: string; quantity: number } {
  if (!skuPattern.test(String(name ?? ''))) wrong(`${path}sku`, name === undefined ? 'is missing' : skuRule)
  return { sku: String(name), quantity: whole(quantity, `${path}quantity`, 1, mostOfALine, wrong) }
}

function whole(value: unknown, path: string, least: number, most: number, wrong: Wrong): number {
  const number = Number(value)
  if (value === undefined) wrong(path, 'is missing')
  else if (!/^\d+$/.test(String(value)) || number < least || number > most)
    wrong(path, `must be a whole number from ${least} to ${most}`)
  return number
}

/** The service checks what an address must contain, so its rules are not repeated here. */
function addressOf(given: unknown, wrong: Wrong): PostOrders['shippingAddress'] {
  if (typeof given !== 'string') return given as PostOrders['shippingAddress']
  try {
    return JSON.parse(given)
  } catch {
    wrong('shipping_address', 'must be JSON: {"name", "line1", "postalCode", "city", "country"}')
    return undefined
  }
}

export type Scan = PostShipmentsByIdDispatch & { shipment: string }

/** A shipment that leaves: with carrier and number, or by the simulated carrier; with `lines` only a part of it. */
export function scanRow(row: Row): Checked<Scan> {
  const { values, broken } = row
  if (broken !== undefined) return { problems: [{ path: '', message: broken }] }
  const { problems, wrong } = collector(row)
  const known = [...scanColumns.names, 'trackingNumber']
  for (const name of Object.keys(values))
    if (!known.includes(name)) wrong(name, `is no column of a scan; there are ${scanColumns.names.join(', ')}`)
  const { shipment, carrier } = values
  const trackingNumber = values.tracking_number ?? values.trackingNumber
  if (!/^[0-9a-f-]{36}$/i.test(String(shipment ?? '').trim()))
    wrong('shipment', shipment === undefined ? 'is missing' : 'must be the id of a shipment')
  if (isGiven(carrier) !== isGiven(trackingNumber))
    wrong(isGiven(carrier) ? 'tracking_number' : 'carrier', 'is missing: both are needed, or neither')
  const lines = isGiven(values.lines) ? linesOf(values, wrong) : undefined
  const id = idOf(values, wrong)
  return problems.length > 0
    ? { problems }
    : {
        body: {
          shipment: String(shipment).trim(),
          ...(isGiven(carrier) && { carrier: String(carrier), trackingNumber: String(trackingNumber) }),
          ...(lines && { lines }),
        },
        ...id,
      }
}

const isGiven = (value: unknown) => value !== undefined && value !== null && value !== ''

/** Prices may be given as people write them (`price` 4.50), or in JSON exactly (`unitPrice` 450). */
export function itemRow(row: Row): Checked<PostItems> {
  const { values, broken } = row
  if (broken !== undefined) return { problems: [{ path: '', message: broken }] }
  const { problems, wrong } = collector(row)
  for (const name of Object.keys(values))
    if (!itemColumns.names.includes(name) && !itemColumns.unused.includes(name))
      wrong(name, `is no column of an item; there are ${itemColumns.names.join(', ')}`)
  const name = String(values.name ?? '').trim()
  if (!skuPattern.test(String(values.sku ?? ''))) wrong('sku', values.sku === undefined ? 'is missing' : skuRule)
  if (name === '' || name.length > 200) wrong('name', name === '' ? 'is missing' : 'must be at most 200 letters')
  if (!currencyPattern.test(String(values.currency ?? ''))) wrong('currency', currencyRule)
  const quantity = whole(values.quantity ?? values.available, 'quantity', 0, 1_000_000_000, wrong)
  const unitPrice = problems.some(({ path }) => path === 'currency') ? 0 : priceOf(row, wrong)
  const id = idOf(values, wrong)
  return problems.length > 0
    ? { problems }
    : { body: { sku: values.sku as string, name, unitPrice, currency: values.currency as string, quantity }, ...id }
}

/**
 * With semicolons between values, spreadsheets write 4,50. With tabs they may, but 4,500 would be ambiguous and is
 * refused.
 */
function priceOf({ values: { price, unitPrice, currency }, separator }: Row, wrong: Wrong): number {
  if (unitPrice !== undefined) return whole(unitPrice, 'unitPrice', 0, 1_000_000_000_000, wrong)
  try {
    const text = String(price ?? '')
    const comma = separator === ';' ? ',' : separator === '\t' ? /,(?=\d{1,2}$)/ : undefined
    return parseMoney(comma === undefined ? text : text.replace(comma, '.'), String(currency))
  } catch (error) {
    wrong('price', price === undefined ? 'is missing' : messageOf(error))
    return 0
  }
}
