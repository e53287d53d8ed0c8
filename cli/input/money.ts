import { digitsOf } from '@docket/contract/money.ts'
import { usage } from '../failure.ts'

/** `4.50` EUR are 450. Never by floating point, which would be inexact. */
export function parseMoney(text: string, currency: string): number {
  const digits = digitsOf(currency)
  const found = /^(\d{1,13})(?:\.(\d+))?$/.exec(text.trim())
  const fraction = found?.[2] ?? ''
  if (!found || fraction.length > digits) {
    const example = digits > 0 ? `4.${'5'.padEnd(digits, '0')}` : '450'
    throw usage(
      `"${text}" is not an amount of ${currency}: write it as ${example}${digits === 0 ? ', without decimals' : ''}`,
    )
  }
  return Number(found[1] + fraction.padEnd(digits, '0'))
}
