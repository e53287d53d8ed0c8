import { randomUUID } from 'node:crypto'
import type { ServiceKey } from '../client/api.ts'
import { toldWhenCutOff } from '../client/once.ts'
import { Failure } from '../failure.ts'
import type { Mgmt } from '../mgmt.ts'
import { pathOf } from './selection.ts'

export interface Resent {
  service: string
  /** Null when it has kept none. */
  event: { type: string; id: string; sequence: number; time: string } | null
  error?: string
}

const services: readonly ServiceKey[] = ['order', 'inventory', 'payment', 'shipping']

/** An unavailable service does not keep the others from being asked. */
export const resendAll = (mgmt: Mgmt, id: string, reason?: string): Promise<Resent[]> =>
  toldWhenCutOff(
    mgmt,
    { unknown: 'which services have published again', goOn: 'it is safe to repeat the command' },
    () => Promise.all(services.map(service => resend(mgmt, service, id, reason))),
  )

async function resend(mgmt: Mgmt, key: ServiceKey, order: string, reason: string | undefined): Promise<Resent> {
  const service = `${key}-service`
  try {
    const { type, id, sequence, time } = await mgmt.api.send<NonNullable<Resent['event']>>(
      key,
      'POST',
      `${pathOf(order)}/resend`,
      { reason },
      { idempotencyKey: randomUUID() },
    )
    return { service, event: { type, id, sequence, time } }
  } catch (error) {
    mgmt.signal.throwIfAborted()
    if (!(error instanceof Failure)) throw error
    if (error.code === 'nothing_to_resend') return { service, event: null }
    return { service, event: null, error: error.message }
  }
}
