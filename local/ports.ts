import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'

/** Throws when somebody listens on the port already, naming who. */
export async function expectFree(port: number, forWhat: string): Promise<void> {
  const free = await new Promise<boolean>((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => error.code === 'EADDRINUSE' ? resolve(false) : reject(error))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
  if (!free) throw new Error(`port ${port}, which ${forWhat} needs, is taken by ${holderOf(port)}; stop that, or set PORT_OFFSET to move all ports`)
}

/** Who listens on a port of this machine, as far as the system tells. */
export function holderOf(port: number): string {
  try {
    const inode = inodeOf(port)
    const pid = inode && readdirSync('/proc').find(entry => /^\d+$/.test(entry) && holds(entry, inode))
    if (pid) return `process ${pid} (${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim().slice(0, 80)})`
  } catch {
    // no /proc on this system: nobody can be named
  }
  return 'another process'
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
  try {
    return readdirSync(`/proc/${pid}/fd`).some(fd => readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`)
  } catch {
    return false // not ours to look into, or gone meanwhile
  }
}
