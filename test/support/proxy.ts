import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface Proxy {
  port: number
  /** Ends every connection there is, as a reset does; new ones are fine. */
  cut(): void
  slow(ms: number): void
  halfOpen(): void
  heal(): void
  close(): Promise<void>
}

interface Pair {
  client: Socket
  server: Socket
  silent: boolean
}

export async function startProxy(to: { host: string; port: number }, port = 0): Promise<Proxy> {
  const pairs = new Set<Pair>()
  let delayMs = 0
  let silence = false

  const listener = createServer(client => {
    const server = connect(to)
    const pair: Pair = { client, server, silent: silence }
    pairs.add(pair)
    const end = () => {
      if (pair.silent) return // the dead say nothing, not even that
      client.destroy()
      server.destroy()
      pairs.delete(pair)
    }
    for (const [from, other] of [
      [client, server],
      [server, client],
    ] as const) {
      from.setNoDelay(true)
      from.on('error', end).on('close', end)
      from.on('data', chunk => {
        if (pair.silent) return
        if (delayMs === 0) return void pass(from, other, chunk)
        setTimeout(() => {
          if (!pair.silent && !other.destroyed) other.write(chunk)
        }, delayMs) // timers of one length keep their order
      })
    }
  })
  listener.listen(port, '127.0.0.1')
  await once(listener, 'listening')

  return {
    port: (listener.address() as AddressInfo).port,
    cut() {
      for (const { client, server } of pairs) {
        client.resetAndDestroy()
        server.resetAndDestroy()
      }
      pairs.clear()
    },
    slow(ms) {
      delayMs = ms
    },
    halfOpen() {
      silence = true
      for (const pair of pairs) pair.silent = true
    },
    heal() {
      delayMs = 0
      silence = false
    },
    async close() {
      for (const { client, server } of pairs) {
        client.destroy()
        server.destroy()
      }
      listener.close()
    },
  }
}

export function viaProxy(url: string, { port }: Pick<Proxy, 'port'>): string {
  const there = new URL(url)
  there.port = String(port)
  return there.href.replace(/\/$/, '')
}

function pass(from: Socket, to: Socket, chunk: Buffer | string): void {
  if (to.destroyed || to.write(chunk)) return
  from.pause()
  to.once('drain', () => from.resume())
}
