/**
 * A process of its own, as each lane has its own servers: runs the files that test/short.ts sends, one after the other.
 */
import { once } from 'node:events'
import { onOwnServers, type OwnServers } from '@docket/local/own-servers.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import { avaFile } from './ava.ts'

const quietly = () => undefined
const disconnected = new AbortController()
process.once('disconnect', () => disconnected.abort()) // no file is left, or the first lane has ended

async function runFiles({ start, signal }: OwnServers): Promise<number> {
  await start()
  const over = AbortSignal.any([signal, disconnected.signal])
  process.send?.('ready')
  while (!over.aborted) {
    const [file] = (await once(process, 'message', { signal: over }).catch(() => [])) as [string?]
    if (file) process.send?.(await avaFile(file, signal))
  }
  return signal.aborted ? 1 : 0
}

process.exitCode = await onOwnServers(runFiles, { print: quietly }).catch((error: unknown) => {
  console.error(messageOf(error))
  return 1
})
if (process.connected) process.disconnect?.() // the channel would keep this process, and the first lane waits for its end
