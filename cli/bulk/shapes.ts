import { parseMoney } from '../input/money.ts'
import type { Row } from './rows.ts'

export interface Problem {
  path: string
  message: string
}

/** What is sent for a row, or what is wrong with it. */
export type Checked = { body: Record<string, unknown> } | { problems: Problem[] }

const sku = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

type Check = (row: Row) => Checked

function collector() {
  const problems: Problem[] = []
  return { problems, wrong: (path: string, message: string) => void problems.push({ path, message }) }
}

/**
 * An order: `sku` and `quantity`, or `lines` (`mug=2 plate=1`, in JSON a list of {sku, quantity}); if wanted
 * `paymentToken` and `shippingAddress` (in CSV: payment_token, and shipping_address as JSON).
 */
export const orderRow: Check = ({ values, broken }) => {
  if (broken !== undefined) return { problems: [{ path: '', message: broken }] }
  const { problems, wrong } = collector()
  const known = ['sku', 'quantity', 'lines', 'payment_token', 'paymentToken', 'shipping_address', 'shippingAddress']
  for (const name of Object.keys(values))
    if (!known.includes(name))
      wrong(name, `is no column of an order; there are ${known.filter(one => !/[A-Z]/.test(one)).join(', ')}`)
  const lines = linesOf(values, wrong)
  const token = values.payment_token ?? values.paymentToken
  if (token !== undefined && !/^[A-Za-z0-9_-]{1,128}$/.test(String(token)))
    wrong('payment_token', 'must be a card token such as tok_ok')
  const address = addressOf(values.shipping_address ?? values.shippingAddress, wrong)
  return problems.length > 0
    ? { problems }
    : {
        body: {
          lines,
          ...(token !== undefined && { paymentToken: token }),
          ...(address !== undefined && { shippingAddress: address }),
        },
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
  if (!Array.isArray(list) || list.length === 0 || list.length > 100) {
    wrong('lines', 'must be 1 to 100, such as mug=2 plate=1')
    return []
  }
  return list.map((line: { sku?: unknown; quantity?: unknown } | null, at) =>
    lineOf(line?.sku, line?.quantity, `lines.${at}.`, wrong),
  )
}

function lineOf(name: unknown, quantity: unknown, path: string, wrong: Wrong): { sku: string; quantity: number } {
  if (!sku.test(String(name ?? '')))
    wrong(
      `${path}sku`,
      name === undefined ? 'is missing' : 'must be 1 to 64 letters, digits, dots, dashes or underscores',
    )
  return { sku: String(name), quantity: whole(quantity, `${path}quantity`, 1, 1_000_000, wrong) }
}

function whole(value: unknown, path: string, least: number, most: number, wrong: Wrong): number {
  const number = Number(value)
  if (value === undefined) wrong(path, 'is missing')
  else if (!/^\d+$/.test(String(value)) || number < least || number > most)
    wrong(path, `must be a whole number from ${least} to ${most}`)
  return number
}

function addressOf(given: unknown, wrong: Wrong): unknown {
  if (typeof given !== 'string') return given
  try {
    return JSON.parse(given)
  } catch {
    wrong('shipping_address', 'must be JSON: {"name", "line1", "postalCode", "city", "country"}')
    return undefined
  }
}

/** An item: `sku`, `name`, `price` (4.50) or in JSON `unitPrice` (450), `currency`, `quantity`. */
export const itemRow: Check = ({ values, broken }) => {
  if (broken !== undefined) return { problems: [{ path: '', message: broken }] }
  const { problems, wrong } = collector()
  const known = ['sku', 'name', 'price', 'unitPrice', 'currency', 'quantity']
  for (const name of Object.keys(values))
    if (!known.includes(name))
      wrong(name, `is no column of an item; there are ${known.filter(one => one !== 'unitPrice').join(', ')}`)
  const name = String(values.name ?? '').trim()
  if (!sku.test(String(values.sku ?? '')))
    wrong(
      'sku',
      values.sku === undefined ? 'is missing' : 'must be 1 to 64 letters, digits, dots, dashes or underscores',
    )
  if (name === '' || name.length > 200) wrong('name', name === '' ? 'is missing' : 'must be at most 200 letters')
  if (!/^[A-Z]{3}$/.test(String(values.currency ?? ''))) wrong('currency', 'must be an ISO 4217 code such as EUR')
  const quantity = whole(values.quantity, 'quantity', 0, 1_000_000_000, wrong)
  const unitPrice = problems.some(({ path }) => path === 'currency') ? 0 : priceOf(values, wrong)
  return problems.length > 0
    ? { problems }
    : { body: { sku: values.sku, name, unitPrice, currency: values.currency, quantity } }
}

function priceOf({ price, unitPrice, currency }: Row['values'], wrong: Wrong): number {
  if (unitPrice !== undefined) return whole(unitPrice, 'unitPrice', 0, 1_000_000_000_000, wrong)
  try {
    return parseMoney(String(price ?? ''), String(currency))
  } catch (error) {
    wrong('price', price === undefined ? 'is missing' : error instanceof Error ? error.message : String(error))
    return 0
  }
}
