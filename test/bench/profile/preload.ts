/**
 * Loaded into a service before it starts (`node --import`): counts what it exchanges with its servers, and profiles it
 * when it is told to. In place of `node --cpu-prof`, whose profile would be of the start and the warm-up too.
 */
import './json-frames.ts'
import { subscribe } from 'node:diagnostics_channel'
import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import type { Socket } from 'node:net'
import type { Command } from './profiled-process.ts'
import { kafkaRequestsIn, noTraffic, postgresRequestsIn, type TrafficByServer } from './wire.ts'

const kafkaPorts = new Set((process.env.KAFKA_BROKERS ?? '').split(',').map(broker => Number(broker.split(':').at(-1))))
const database = new URL(process.env.DATABASE_URL ?? '')
const requestsIn = {
  kafka: kafkaRequestsIn,
  database: database.protocol === 'postgres:' ? postgresRequestsIn : () => [],
}

const traffic: TrafficByServer = { database: noTraffic(), kafka: noTraffic() }
const openSockets = new Map<Socket, keyof TrafficByServer>()

function serverAt(port: number | undefined): keyof TrafficByServer | undefined {
  if (port === Number(database.port)) return 'database'
  return port !== undefined && kafkaPorts.has(port) ? 'kafka' : undefined
}

subscribe('net.client.socket', message => {
  const { socket } = message as { socket: Socket } // as Node documents this channel
  socket.once('connect', () => {
    const server = serverAt(socket.remotePort)
    if (server !== undefined && !openSockets.has(socket)) watch(socket, server)
  })
})

/** Only what is written is looked at: a listener for what is read would change how the driver reads. */
function watch(socket: Socket, server: keyof TrafficByServer): void {
  openSockets.set(socket, server)
  socket.once('close', () => {
    openSockets.delete(socket)
    traffic[server].receivedBytes += socket.bytesRead
  })
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean // its signatures are several
  let readBefore = -1
  socket.write = (chunk: unknown, ...more: unknown[]) => {
    const counted = traffic[server]
    if (socket.bytesRead !== readBefore) counted.roundTrips++
    readBefore = socket.bytesRead
    if (Buffer.isBuffer(chunk)) {
      counted.sentBytes += chunk.length
      for (const name of requestsIn[server](chunk)) counted.requests[name] = (counted.requests[name] ?? 0) + 1
    }
    return write(chunk, ...more)
  }
}

/** Open sockets have not reported yet, so what they have received is added. */
function trafficSoFar(): TrafficByServer {
  const all = structuredClone(traffic)
  for (const [socket, server] of openSockets) all[server].receivedBytes += socket.bytesRead
  return all
}

const session = new Session()

async function answer(command: Command): Promise<TrafficByServer | 'done'> {
  switch (command.do) {
    case 'count':
      return trafficSoFar()
    case 'profile': {
      session.connect()
      await session.post('Profiler.enable')
      await session.post('Profiler.start')
      return 'done'
    }
    case 'write': {
      const { profile } = await session.post('Profiler.stop')
      session.disconnect()
      writeFileSync(command.file, JSON.stringify(profile))
      return 'done'
    }
  }
}

process.on('message', (command: Command) => void answer(command).then(reply => process.send?.(reply)))
process.channel?.unref()
