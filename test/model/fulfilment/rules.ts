/**
 * Every rule of fulfilment that can be left out, to see that the model notices. `npm run model -- --without RULE` shows
 * what would happen without it. The letter says whose rule it is: order-, inventory-, payment-, shipping-service, or x:
 * of all, their chassis and the deployment.
 */
export const rules = {
  'o.pending-on-paid': 'only a pending order is accepted when its payment succeeds',
  'o.pending-on-failed': 'only a pending order is cancelled when its payment fails',
  'o.pending-on-rejected': 'only a pending order is rejected when its stock is',
  'o.needs-allocations': 'an order is accepted only when its allocations are known',
  'o.second-of-two': 'stock.reserved that comes after payment.succeeded accepts too',
  'o.cancel-pending': 'only a pending order is cancelled without asking shipping-service',
  'o.asks-shipping': 'an accepted order is cancelled by a request only',
  'o.not-accepted-yet': 'lines of an order are cancelled only once it is accepted',
  'o.request-open': 'lines_withdrawn has an effect for an open request only',
  'o.request-any-state': 'lines_withdrawn closes its request in every state of the order',
  'o.location': 'lines_withdrawn and lines_cancelled say the location of each piece',
  'o.refund-withdrawn': 'what was withdrawn is refunded, not what was asked for',
  'o.silent-when-refused': 'no lines_cancelled when nothing was withdrawn',
  'o.last-is-cancelled': 'when nothing of an order is left, it is cancelled',
  'o.completed-by-withdrawal': 'a withdrawal of the last open lines completes an order of which something was shipped',
  'o.committed-claim': 'stock.committed claims its shipmentId',
  'o.return-claim': 'return.received claims its returnId',
  'o.return-kept': 'return.received that overtakes its stock.committed is kept',
  'o.return-in-completed': 'a return counts for a completed order too',
  'o.found-no-money': 'goods that turn up give no money a second time',

  'i.created-claim': 'order.created claims',
  'i.tombstone': 'order.cancelled before order.created leaves a tombstone',
  'i.shipped-claim': 'shipment.shipped claims its shipmentId',
  'i.lines-claim': 'order.lines_cancelled claims its requestId',
  'i.return-claim': 'return.received claims its returnId',
  'i.found-claim': 'return.found claims its returnId',
  'i.cancel-guard': 'order.cancelled has an effect for reserved stock only',
  'i.lines-guard': 'order.lines_cancelled has an effect for reserved stock only',
  'i.release-all': 'order.cancelled releases',
  'i.still-reserved': 'order.cancelled releases what is still reserved, not what was allocated',
  'i.return-from': 'a return leaves `shipped` where its shipment left, and arrives where it was received',
  'i.lost': 'lost goods stay shipped and are counted',
  'i.found': 'goods that turn up are lost no more',
  'i.committed-state': 'stock of which nothing is reserved any more is committed',
  'i.check': 'CHECK: no number of the stock is below zero',

  'p.reserved-claim': 'stock.reserved claims',
  'p.tombstone': 'order.cancelled before stock.reserved leaves a tombstone',
  'p.note': 'order.cancelled while the card is charged is noted',
  'p.cancel-refunds': 'order.cancelled refunds',
  'p.rest-only': 'order.cancelled refunds the rest, not all',
  'p.refund-claim': 'a refund claims its id',
  'p.clamp': 'a refund is cut to what is left of the payment',
  'p.failed-counts': 'a failed refund keeps its amount',
  'p.refund-key': "the refund's id is the provider's idempotency key",
  'p.charge-key': "the payment's id is the provider's idempotency key",
  'p.goodwill-claim': 'goodwill claims its Idempotency-Key',
  'p.goodwill-limit': 'goodwill is at most what is left',
  'p.retry': 'a failed refund can be tried again, or given by hand',
  'p.hand-guard': 'only a failed refund is tried again, and not one that was given by hand',

  's.accepted-claim': 'order.accepted claims',
  's.request-claim': 'cancel_requested claims its requestId',
  's.kept': 'a request that overtakes its order is kept',
  's.kept-once': 'a kept request is decided when its order comes',
  's.only-open': 'only what is open is withdrawn',
  's.rest-open': 'what stays at a dispatch in part is an open shipment',
  's.empty-cancelled': 'a shipment without lines is cancelled',
  's.answers-refusal': 'lines_withdrawn is published when all was refused too',
  's.rank': 'of several reports the highest counts: delivered, undeliverable, lost',
  's.report-claim': 'a report of a carrier claims (carrier, report id)',
  's.report-kept': 'a report that comes before its shipment has left is kept and counts then',
  's.claim-confirmed': 'a carrier that is not trusted opens a claim, and an operator confirms it',
  's.late-delivery': 'when a shipment is delivered after all, the return of its undeliverable goods ends',
  's.ask-free': 'a return is asked only of lines that are in no other',
  's.other-returns': 'undeliverable and lost open a return only of lines that are in no other',
  's.takes-over': 'undeliverable and lost end the open returns that were asked for: their lines are in the new one',
  's.undeliverable-waits': 'undeliverable goods count when they are received',
  's.lost-once': 'lost goods are received as lost at once',
  's.receive-guard': 'what was received is not received again',
  's.rest-return': 'what was not counted at a receipt is a return of its own',
  's.never-comes': 'a return that never comes is cancelled, or received as lost',
  's.late-free': 'goods of a cancelled return are received only as far as no other return has their lines',
  's.found-limit': 'no more turns up than was lost',

  'x.outbox': 'state and events commit together',
  'x.offset-last': 'the offset is committed after the work',
  'x.topic-order': 'a topic keeps the order of its events about an order',
  'x.redrive': 'a dead letter is redriven, not dropped',
  'x.gate': 'new event types are published only when no replica of the release before is left',
  'x.old-main': 'rows and events of the release before, which have no allocations, mean all from main',
  'x.sweep-accept': 'after an update, what is paid and whose stock.reserved an old replica consumed is accepted',
  'x.backfill': 'after an update, what an old replica completed counts as shipped',
} as const

export type Rule = keyof typeof rules

/** Rules without which nothing goes wrong in the model, and why they are rules all the same. */
export const needless: Partial<Record<Rule, string>> = {
  'i.cancel-guard':
    'what is not reserved any more is not released, by i.still-reserved: the status is only a cheap claim',
  's.report-claim':
    'a report that comes twice has the rank that its shipment has, by s.rank: the claim is for the record',
}

/** Whether a rule is in force. */
export type Applies = (rule: Rule) => boolean
