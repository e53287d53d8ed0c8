import type { Server } from 'node:http'
import type { Express } from 'express'
import { networkOf } from '@docket/foundation/network-address.ts'

type Trusts = (address: string, hop: number) => boolean

/**
 * Drops connections above the limit, and those from one address above half of it, so that one client cannot keep all
 * others out. A trusted proxy is exempt, as it connects for many clients.
 */
export function limitConnections(server: Server, most: number, app: Express): void {
  const mostOfOne = Math.ceil(most / 2)
  const byAddress = new Map<string, number>()
  server.maxConnections = most
  server.on('connection', socket => {
    const { remoteAddress } = socket
    const trusts = app.get('trust proxy fn') as Trusts // express derives it from the setting "trust proxy"
    if (remoteAddress === undefined || trusts(remoteAddress, 0)) return
    const address = networkOf(remoteAddress)
    const open = (byAddress.get(address) ?? 0) + 1
    byAddress.set(address, open)
    socket.once('close', () => {
      const left = (byAddress.get(address) ?? 1) - 1
      if (left > 0) byAddress.set(address, left)
      else byAddress.delete(address)
    })
    if (open > mostOfOne) socket.destroy()
  })
}
