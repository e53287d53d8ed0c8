import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { sharesOf, type CpuProfile } from './cpu-profile.ts'
import { startProfile, trafficOf, writeProfile } from './profiled-process.ts'

/** Twice two statements, in 16 bytes, the second two after an answer of 3 bytes; some work with each message. */
const service = `
  import { connect } from 'node:net'
  const socket = connect(Number(new URL(process.env.DATABASE_URL).port), '127.0.0.1')
  const statement = Buffer.from([0x51, 0, 0, 0, 7, 0x61, 0x62, 0])
  const ask = () => {
    socket.write(statement)
    socket.write(statement)
  }
  socket.once('connect', ask)
  socket.once('data', ask)
  process.on('message', () => JSON.parse('[' + '1,'.repeat(100_000) + '1]'))`

function answering(socket: Socket): void {
  let bytes = 0
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes % 16 === 0) socket.write('yes')
  })
}

test('a service that is profiled says what it exchanges with its servers, and writes a profile', async t => {
  const server = createServer(answering)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo // not a pipe, so the address has a port
  const folder = mkdtempSync(join(tmpdir(), 'docket-profile-'))
  const preload = import.meta.resolve('./preload.ts')
  const child = spawn(process.execPath, ['--import', preload, '--input-type=module', '-e', service], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, DATABASE_URL: `postgres://127.0.0.1:${port}/orders`, KAFKA_BROKERS: '127.0.0.1:1' },
  })
  t.teardown(() => {
    child.kill()
    server.close()
    rmSync(folder, { recursive: true })
  })
  const ended = once(child, 'exit').then(([status]) => {
    throw new Error(`the service ended with ${status}`)
  })
  ended.catch(() => undefined) // the teardown ends it too
  await Promise.race([once(server, 'connection'), ended]) // now it listens to commands
  await startProfile(child)
  let traffic = await trafficOf(child)
  while (traffic.database.receivedBytes < 6) traffic = await trafficOf(child)
  t.deepEqual(traffic, {
    database: { requests: { statement: 4 }, roundTrips: 2, sentBytes: 32, receivedBytes: 6 },
    kafka: { requests: {}, roundTrips: 0, sentBytes: 0, receivedBytes: 0 },
  })
  for (let turn = 0; turn < 50; turn++) await trafficOf(child) // each is work
  const file = join(folder, 'orders.cpuprofile')
  await writeProfile(child, file)
  const shares = sharesOf(JSON.parse(readFileSync(file, 'utf8')) as CpuProfile, join(import.meta.dirname, '../../..'))
  t.true((shares.get('JSON') ?? 0) > 0, JSON.stringify([...shares]))
})
