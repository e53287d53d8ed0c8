/**
 * Plain readers of streams of Server-Sent Events, in a process of their own: readers.ts, with a list of requests as JSON
 * on stdin. Prints what each has read, as JSON, when it is told to end by SIGTERM.
 */
import { request } from 'node:http'
import { json } from 'node:stream/consumers'

export interface StreamRequest {
  url: string
  headers: Record<string, string>
}

export interface ReadStream {
  events: number
  gaps: number
  bytes: number
  /** Why it ended early. */
  ended?: string
}

function readStream({ url, headers }: StreamRequest): ReadStream {
  const read: ReadStream = { events: 0, gaps: 0, bytes: 0 }
  const end = (why: string) => (read.ended ??= why)
  request(url, { headers }, answer => {
    if (answer.statusCode !== 200) end(`HTTP ${answer.statusCode}`)
    answer.on('data', (chunk: Buffer) => {
      read.bytes += chunk.length
      for (let at = chunk.indexOf(named); at >= 0; at = chunk.indexOf(named, at + 1)) read.events++
      if (chunk.includes(gap)) read.gaps++
    })
    answer.on('close', () => end('closed'))
  })
    .on('error', ({ message }) => end(message))
    .end()
  return read
}

const [named, gap] = [Buffer.from('\nevent: '), Buffer.from('event: gap\n')]

const all = ((await json(process.stdin)) as StreamRequest[]).map(readStream)
process.on('SIGTERM', () => {
  process.stdout.write(JSON.stringify(all), () => process.exit())
})
