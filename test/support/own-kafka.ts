import { randomBytes } from 'node:crypto'
import { freeOffset } from '@docket/local/own-servers.ts'
import { purgeStack, startStack } from '@docket/local/stack.ts'
import { addresses, type Addresses } from '@docket/addresses/addresses.ts'

const quietly = () => undefined

export async function startSecuredKafkaOfStack(): Promise<{ at: Addresses; stop(): Promise<void> }> {
  const at = addresses({
    PORT_OFFSET: String(await freeOffset()),
    LOCAL_DIR: `.local/secured-${randomBytes(4).toString('hex')}`,
    STACK_SECURITY: 'full',
  })
  await startStack({ servers: ['kafka'], services: [] }, quietly, { at })
  return { at, stop: () => purgeStack(quietly, at) }
}
