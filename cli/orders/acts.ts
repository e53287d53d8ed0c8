import { Failure } from '../failure.ts'
import type { Act, Page } from '../client/shapes.ts'
import type { Mgmt } from '../mgmt.ts'

const unseen = new Set(['wrong_role', 'not_found', 'http_404']) // the release before keeps no audit

/** What operators did about an order, the oldest first; undefined for whoever may not see it. */
export async function actsOf(mgmt: Mgmt, orderId: string): Promise<Act[] | undefined> {
  try {
    const { items } = await mgmt.api.get<Page<Act>>('user', `/audit?limit=500&order=${encodeURIComponent(orderId)}`)
    return items.toReversed()
  } catch (error) {
    mgmt.signal.throwIfAborted()
    if (!(error instanceof Failure)) throw error
    if (!unseen.has(error.code)) mgmt.note(`who did what is missing: ${error.message}`)
    return undefined
  }
}
