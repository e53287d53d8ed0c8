import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { commandLineOf, statOf } from './processes.ts'

/** Throws when somebody listens on the port already, naming who. */
export async function expectFree(port: number, forWhat: string): Promise<void> {
  const free = await Promise.all(thisMachine.map(host => isFreeAt(port, host)))
  if (free.includes(false))
    throw new Error(
      `port ${port}, which ${forWhat} needs, is used by ${holderOf(port)}; stop that, or set PORT_OFFSET to move all ports`,
    )
}

/** A service listens on all addresses, so one that is taken is enough to stop it. */
const thisMachine = ['127.0.0.1', '::1']

const isFreeAt = (port: number, host: string) =>
  new Promise<boolean>((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : hasNoSuchAddress(error) ? resolve(true) : reject(error),
    )
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })

/** IPv6 may be switched off. */
const hasNoSuchAddress = ({ code }: NodeJS.ErrnoException) => code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT'

export const isListening = async (port: number) =>
  (await Promise.all(thisMachine.map(host => accepts(port, host)))).includes(true)

const accepts = (port: number, host: string) =>
  new Promise<boolean>(resolve => {
    const socket = connect(port, host)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

function holderOf(port: number): string {
  const pid = existsSync('/proc/net/tcp') ? pidByProc(port) : pidByLsof(port)
  return pid
    ? `process ${pid} (${commandLineOf(pid)?.slice(0, 80) || 'its command may not be seen'})`
    : 'a process of somebody else'
}

function pidByLsof(port: number): number | undefined {
  const { stdout } = spawnSync('lsof', ['-nP', '-t', `-iTCP:${port}`, '-sTCP:LISTEN'], { encoding: 'utf8' })
  return Number(stdout?.split('\n')[0]) || undefined
}

const pidByProc = (port: number) => listenersAt(port)[0]

/** As Linux reports them; without children, which hold their parent's socket, at least for an instant. */
export function listenersAt(port: number): number[] {
  const inode = ['/proc/net/tcp', '/proc/net/tcp6']
    .map(table => listeningSocket(readFileSync(table, 'utf8'), port))
    .find(found => found !== undefined)
  const holders =
    inode === undefined ? [] : readdirSync('/proc').filter(entry => /^\d+$/.test(entry) && holds(entry, inode))
  const parentOf = (pid: string) => orNothing(() => statOf(Number(pid))[1] ?? '', '')
  return holders.filter(pid => !holders.includes(parentOf(pid))).map(Number)
}

const listening = '0A'

export function listeningSocket(table: string, port: number): string | undefined {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0')
  return table
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .find(([, local, , state]) => local?.endsWith(`:${hexPort}`) && state === listening)?.[9]
}

function holds(pid: string, inode: string): boolean {
  return orNothing(() => readdirSync(`/proc/${pid}/fd`), []).some(
    fd => orNothing(() => readlinkSync(`/proc/${pid}/fd/${fd}`), '') === `socket:[${inode}]`,
  )
}

/** A process, or a file it has just closed, may be gone or not ours to read. */
function orNothing<T>(look: () => T, nothing: T): T {
  try {
    return look()
  } catch {
    return nothing
  }
}
