import { isId } from '@docket/contract/mask.ts'
import type { StoredDeadLetter } from '@docket/kafka/dead-letter-queue.ts'
import { exit, Failure } from '../failure.ts'
import type { Mgmt } from '../mgmt.ts'

/** Records that the personal data of a dead letter are about to be shown. Throws when they may not be. */
export async function personalSight(
  { api, sessions }: Pick<Mgmt, 'api' | 'sessions'>,
  { id, key }: Pick<StoredDeadLetter, 'id' | 'key'>,
  reason: string | undefined,
): Promise<void> {
  if (sessions.read()?.role !== 'operator')
    throw new Failure('Only operators may see personal data.', {
      status: exit.notAllowed,
      code: 'operators_only',
      next: 'see the rest without --personal',
    })
  const orderId = key !== null && isId(key) ? key.toLowerCase() : undefined
  await api.send('user', 'POST', '/audit', {
    on: { kind: 'dead_letter', id },
    ...(orderId !== undefined && { orderId }),
    ...(reason !== undefined && { reason }),
  })
}
