import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import test from 'ava'
import { expectFree } from './ports.ts'

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

for (const host of ['127.0.0.1', '0.0.0.0']) {
  test(`a port in use on ${host} is an error that names the port, its holder and the way out`, async t => {
    const { port, release } = await aPortInUse(host)
    const { message } = await t.throwsAsync(expectFree(port, 'postgres'))
    t.true(message.startsWith(`port ${port}, which postgres needs, is used by process ${process.pid} (`), message)
    t.true(message.endsWith('stop that, or set PORT_OFFSET to move all ports'), message)
    await release()
    while (!(await isFree(port))) await pause(10) // what another test forks just now has the socket for an instant
    t.pass()
  })
}
