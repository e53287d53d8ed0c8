import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { commandLineOf } from './processes.ts'

/** Throws when somebody listens on the port already, naming who. */
export async function expectFree(port: number, forWhat: string): Promise<void> {
  const free = await new Promise<boolean>((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    )
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
  if (!free)
    throw new Error(
      `port ${port}, which ${forWhat} needs, is used by ${holderOf(port)}; stop that, or set PORT_OFFSET to move all ports`,
    )
}

/** Whether a process accepts connections at a port of this machine. */
export const isListening = (port: number) =>
  new Promise<boolean>(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

/** Who listens on a port of this machine, as far as the system tells. */
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

function pidByProc(port: number): number | undefined {
  const inode = inodeOf(port)
  return inode
    ? Number(readdirSync('/proc').find(entry => /^\d+$/.test(entry) && holds(entry, inode))) || undefined
    : undefined
}

function inodeOf(port: number): string | undefined {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of readFileSync(table, 'utf8').split('\n')) {
      const fields = line.trim().split(/\s+/)
      if (fields[1]?.endsWith(`:${wanted}`) && fields[3] === '0A') return fields[9] // 0A: listening
    }
  }
  return undefined
}

function holds(pid: string, inode: string): boolean {
  return orNothing(() => readdirSync(`/proc/${pid}/fd`), []).some(
    fd => orNothing(() => readlinkSync(`/proc/${pid}/fd/${fd}`), '') === `socket:[${inode}]`,
  )
}

/** What may not be ours to look into, or may be gone meanwhile: a process, or a file that it has just closed. */
function orNothing<T>(look: () => T, nothing: T): T {
  try {
    return look()
  } catch {
    return nothing
  }
}
