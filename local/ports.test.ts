import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import test from 'ava'
import { until } from '@docket/test/support/until.ts'
import { expectFree, listenersAt, listeningSocket } from './ports.ts'

async function aPortInUse(host: string): Promise<{ port: number; release(): Promise<void> }> {
  const server = createServer().listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    release: async () => {
      await once(server.close(), 'close')
    },
  }
}

const isFree = (port: number) =>
  expectFree(port, 'postgres').then(
    () => true,
    () => false,
  )

for (const host of ['127.0.0.1', '0.0.0.0', '::1']) {
  test(`a port in use on ${host} is an error that names the port, its holder and the way out`, async t => {
    const { port, release } = await aPortInUse(host)
    const { message } = await t.throwsAsync(expectFree(port, 'postgres'))
    t.true(message.startsWith(`port ${port}, which postgres needs, is used by process ${process.pid} (`), message)
    t.true(message.endsWith('stop that, or set PORT_OFFSET to move all ports'), message)
    await release()
    await until('it is free', () => isFree(port)) // a process that another test forks holds it for an instant
  })
}

test('the socket that listens at a port is read from the table of Linux; connections to it are not', t => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F92 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 111 1 0 20 4 30 10 -1
   1: 0100007F:1F92 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 222 1 0 100 0 0 10 0
   2: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0 100 0 0 10 0`
  t.is(listeningSocket(table, 0x1f92), '222')
  t.is(listeningSocket(table, 80), '333')
  t.is(listeningSocket(table, 0xc350), undefined)
})

test('a process that listens at a port is found', async t => {
  const { port, release } = await aPortInUse('127.0.0.1')
  if (existsSync('/proc/net/tcp')) t.true(listenersAt(port).includes(process.pid))
  await release()
  t.pass()
})
