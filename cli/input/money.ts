import { usage } from '../failure.ts'

/**
 * ISO 4217, list one: currencies whose minor unit is not a hundredth. Not from Intl, which knows how people write
 * prices (forints without fillér) rather than the minor unit, and takes 20 ms to load.
 */
const otherDigits = new Map([
  ...'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ').map(code => [code, 0] as const),
  ...'BHD IQD JOD KWD LYD OMR TND'.split(' ').map(code => [code, 3] as const),
  ...'CLF UYW'.split(' ').map(code => [code, 4] as const),
])

const digitsOf = (currency: string): number => otherDigits.get(currency.toUpperCase()) ?? 2

/** 450 EUR cents are `4.50`. Exact at any size, because it works on digits. */
export function formatMoney(minor: number, currency: string): string {
  const digits = digitsOf(currency)
  const text = String(Math.abs(minor)).padStart(digits + 1, '0')
  const whole = text.slice(0, text.length - digits)
  return `${minor < 0 ? '-' : ''}${whole}${digits > 0 ? `.${text.slice(-digits)}` : ''}`
}

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
