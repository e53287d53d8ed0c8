/** A dual-stack socket writes IPv4 addresses as IPv6 (`::ffff:192.0.2.1`), which would count as other addresses. */
export const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d{1,3}(?:\.\d{1,3}){3}$)/i, '')

/**
 * What counts as one address. For IPv6 it is the /64 network, because one household gets that much and one client can
 * choose within it. Text that is not an address is returned as it is.
 */
export function networkOf(address: string): string {
  const plain = plainAddress(address)
  if (!plain.includes(':')) return plain
  const [head = [], tail] = (plain.split('%')[0] ?? '').split('::').map(part => part.split(':').filter(Boolean))
  const zeros = Array.from({ length: tail === undefined ? 0 : Math.max(0, 8 - head.length - tail.length) }, () => '0')
  const network = [...head, ...zeros, ...(tail ?? [])].slice(0, 4)
  return `${network.map(group => group.toLowerCase().replace(/^0+(?=.)/, '')).join(':')}::/64`
}
