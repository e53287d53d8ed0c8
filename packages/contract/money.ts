/**
 * ISO 4217, list one: currencies whose minor unit is not a hundredth. Not from Intl, which knows how people write
 * prices (forints without fillér) rather than the minor unit, and takes 20 ms to load.
 */
const otherDigits = new Map([
  ...'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ').map(code => [code, 0] as const),
  ...'BHD IQD JOD KWD LYD OMR TND'.split(' ').map(code => [code, 3] as const),
  ...'CLF UYW'.split(' ').map(code => [code, 4] as const),
])

/** Of the minor unit: 2 of EUR, whose minor unit is a hundredth. */
export const digitsOf = (currency: string): number => otherDigits.get(currency.toUpperCase()) ?? 2

/** 450 EUR cents are `4.50`. Exact at any size, because it works on digits. */
export function formatMoney(minor: number, currency: string): string {
  const digits = digitsOf(currency)
  const text = String(Math.abs(minor)).padStart(digits + 1, '0')
  const whole = text.slice(0, text.length - digits)
  return `${minor < 0 ? '-' : ''}${whole}${digits > 0 ? `.${text.slice(-digits)}` : ''}`
}
