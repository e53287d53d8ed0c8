import type { KafkaConfig } from 'kafkajs'

/** The addresses of brokers, with commas between them. Throws what is none. */
export function brokersOf(text: string): string[] {
  const brokers = text
    .split(',')
    .map(broker => broker.trim())
    .filter(Boolean)
  if (brokers.length === 0) throw new Error(`"${text}" names no broker: write host:9092`)
  const wrong = brokers.find(broker => !isBroker(broker))
  if (wrong !== undefined)
    throw new Error(`"${wrong}" is not the address of a broker: write host:9092, or [::1]:9092; no scheme, no path`)
  return brokers
}

function isBroker(text: string): boolean {
  const [, port = ''] = /^(?:\[[0-9A-Fa-f:.]+\]|[^\s:/[\]@]+):(\d{1,5})$/.exec(text) ?? []
  return Number(port) >= 1 && Number(port) <= 65_535
}

/**
 * kafkajs takes the text before the first colon as the host, so an IPv6 address is passed in with other letters, and
 * the socket gets it as it was.
 */
export function dialled(brokers: readonly string[]): Pick<KafkaConfig, 'brokers' | 'socketFactory'> {
  if (!brokers.some(broker => broker.startsWith('['))) return { brokers: [...brokers] }
  return {
    brokers: brokers.map(broker => broker.replace(/^\[.*\]/, host => host.replaceAll(':', '_'))),
    socketFactory({ host, port, ssl, onConnect }) {
      const net = process.getBuiltinModule('node:net')
      const address = host.startsWith('[') ? host.slice(1, -1).replaceAll('_', ':') : host
      const to = { host: address, port }
      const socket = ssl
        ? process
            .getBuiltinModule('node:tls') // on use only, because it takes some 30 ms to load
            .connect({ ...to, ...(net.isIP(address) === 0 && { servername: address }), ...ssl }, onConnect)
        : net.connect(to, onConnect)
      return socket.setKeepAlive(true, keepAliveMs)
    },
  }
}

const keepAliveMs = 60_000 // as in the sockets that kafkajs makes itself
