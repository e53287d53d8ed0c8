import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface Answered {
  status: number
  id: string
}

/**
 * One kept-alive HTTP/1.1 connection, one request at a time. Node's own client uses as much CPU for a request as a
 * service does to answer it, and on a small machine client and services share the cores: this one uses a tenth.
 */
export interface LeanConnection {
  post(path: string, headers: string, body: string): Promise<Answered>
  get(path: string, headers: string): Promise<Answered>
  close(): void
}

const headEnd = '\r\n\r\n'

export async function leanConnection(url: string): Promise<LeanConnection> {
  const { hostname, port, host } = new URL(url)
  let socket = await open(hostname, Number(port))
  const ask = async (text: string) => {
    // the service has closed it, as it may between two requests
    if (socket.destroyed) socket = await open(hostname, Number(port))
    socket.write(text)
    return answerOn(socket)
  }
  return {
    post: (path, headers, body) =>
      ask(
        `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`,
      ),
    get: (path, headers) => ask(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\n${headers}\r\n`),
    close: () => socket.destroy(),
  }
}

async function open(host: string, port: number): Promise<Socket> {
  const socket = connect(port, host).setNoDelay(true)
  await once(socket, 'connect')
  socket.on('error', () => socket.destroy()) // a pending answer is rejected by the close
  return socket
}

function answerOn(socket: Socket): Promise<Answered> {
  return new Promise((resolve, reject) => {
    let text = ''
    const done = () => {
      socket.off('data', onData)
      socket.off('close', onClose)
    }
    const onClose = () => {
      done()
      reject(new Error('the connection was closed before the answer'))
    }
    const onData = (chunk: Buffer) => {
      text += chunk.toString('latin1')
      const end = text.indexOf(headEnd)
      if (end < 0) return
      const head = text.slice(0, end)
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
      if (text.length < end + headEnd.length + length) return
      done()
      if (/\r\nconnection: *close/i.test(head)) socket.destroy()
      resolve({ status: Number(head.slice(9, 12)), id: /\r\nlocation: *\S*\/(\S+)/i.exec(head)?.[1] ?? '' })
    }
    socket.on('data', onData)
    socket.on('close', onClose)
  })
}
