import { usage } from './failure.ts'

/** How many digits a currency has behind the point: 2 for EUR, 0 for JPY, 3 for KWD. */
function digitsOf(currency: string): number {
  try {
    return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
  } catch {
    return 2 // not a code that Intl knows; the service says so if it is wrong
  }
}

/** Minor units as people write them: 450 EUR cents are `4.50`. Exact, at any size. */
export function formatMoney(minor: number, currency: string): string {
  const digits = digitsOf(currency)
  const text = String(Math.abs(minor)).padStart(digits + 1, '0')
  const whole = text.slice(0, text.length - digits)
  return `${minor < 0 ? '-' : ''}${whole}${digits > 0 ? `.${text.slice(-digits)}` : ''}`
}

/** What people write, in minor units: `4.50` EUR are 450. Never by floating point. */
export function parseMoney(text: string, currency: string): number {
  const digits = digitsOf(currency)
  const found = /^(\d{1,13})(?:\.(\d+))?$/.exec(text.trim())
  const fraction = found?.[2] ?? ''
  if (!found || fraction.length > digits) {
    const example = digits > 0 ? `4.${'5'.padEnd(digits, '0')}` : '450'
    throw usage(`"${text}" is not an amount of ${currency}: write it as ${example}${digits === 0 ? ', without decimals' : ''}`)
  }
  return Number(found[1] + fraction.padEnd(digits, '0'))
}
