import { Agent, request } from 'node:http'

export interface Received {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
}

export interface Sent {
  url: string
  method: string
  path: string
  headers: Record<string, string | string[]>
  body: string | Buffer | undefined
  from: string
}

const answerMs = 20_000
const streamMs = 300 // enough of a stream that goes on
const longestAnswer = 4_000_000 // characters

const agents = new Map<string, Agent>()

function agentFor(from: string): Agent {
  const known = agents.get(from) ?? new Agent({ keepAlive: true, localAddress: from, maxSockets: 16 })
  agents.set(from, known)
  return known
}

export function closeConnections(): void {
  for (const agent of agents.values()) agent.destroy()
}

export function send({ url, method, path, headers, body, from }: Sent): Promise<Received> {
  const { hostname, port } = new URL(url)
  const length =
    body === undefined
      ? method === 'POST'
        ? { 'content-length': '0' }
        : {}
      : { 'content-length': String(Buffer.byteLength(body)) }
  return new Promise((resolve, reject) => {
    const outgoing = request({
      hostname,
      port,
      method,
      path,
      headers: { ...length, ...headers },
      agent: agentFor(from),
    })
    const late = setTimeout(() => outgoing.destroy(new Error(`no answer within ${answerMs / 1_000} s`)), answerMs)
    outgoing.once('error', error => {
      clearTimeout(late)
      reject(error)
    })
    outgoing.once('response', response => {
      let text = ''
      const end = () => {
        clearTimeout(late)
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text })
      }
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        if (text.length < longestAnswer) text += chunk
      })
      response.once('end', end)
      response.once('error', error => {
        clearTimeout(late)
        reject(error)
      })
      if (response.headers['content-type']?.startsWith('text/event-stream')) {
        setTimeout(() => {
          if (!response.complete) {
            end()
            outgoing.destroy()
          }
        }, streamMs)
      }
    })
    outgoing.end(body)
  })
}
