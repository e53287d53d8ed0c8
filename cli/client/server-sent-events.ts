export interface ServerSentEvent {
  /** Undefined where the block has none. */
  id: string | undefined
  event: string | undefined
  data: string | undefined
  /** Whether the next one has arrived already. */
  hasMore: boolean
}

/** Server-Sent Events out of a stream of bytes, as our services write them: one line for each field. */
export async function* serverSentEvents(stream: AsyncIterable<Buffer>): AsyncGenerator<ServerSentEvent> {
  const decoder = new TextDecoder() // a character may be cut in two
  let rest = ''
  for await (const chunk of stream) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const [at, block] of blocks.entries()) {
      const lines = block.split('\n')
      const field = (name: string) => lines.find(line => line.startsWith(`${name}: `))?.slice(name.length + 2)
      yield { id: field('id'), event: field('event'), data: field('data'), hasMore: at < blocks.length - 1 }
    }
  }
}
