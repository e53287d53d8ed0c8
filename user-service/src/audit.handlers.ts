import type { Handlers } from '@docket/chassis/messaging/handlers.ts'
import { insertActs } from './audit.store.ts'

export const handlers: Handlers = {
  'operator.acted': async (tx, events) =>
    insertActs(
      tx,
      events.map(({ source, time, data: { actId, act, by, from, on, orderId, reason, detail } }) => ({
        id: actId,
        at: new Date(time),
        service: source.slice(1),
        act,
        ...by,
        address: from,
        kind: on.kind,
        subject: on.id,
        orderId: orderId ?? null,
        reason: reason ?? null,
        detail: detail ?? null,
      })),
    ),
}
