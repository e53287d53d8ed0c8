/** Each rule can be left out, so that the model shows what it is for. */
export const rules = {
  'q.on-adjust': 'the queue is served when stock comes in',
  'q.on-release': 'the queue is served when a reservation is released',
  'q.on-return': 'the queue is served when goods come back',
  'q.on-leave': 'the queue is served when an order leaves it',
  'q.order': 'the queue is served by priority, then by time',
  'q.pass-on': 'the queue is served on behind an order that cannot be served',
  'q.all-or-nothing': 'a waiting order gets all or nothing',
  'q.newcomer': 'a newcomer gets no item that an order before it lacks',
  'q.no-overtake': 'nor does an order in the queue, wherever in it the other one stands',
  'q.by-line': 'an order stands in the queue of all its items, not only of those that it lacked when it came',
  'q.leaves': 'order.cancelled takes a waiting order out of the queue',
  'q.tombstone': 'order.cancelled before order.created leaves a tombstone',
  'q.claim': 'order.created claims',
  'q.lock-first': 'the rows of the stock are locked before the queue is read, by a statement of its own',
  'q.reserved-starts-window': 'stock.reserved starts the window of an order',
  'q.paid-starts-window': 'payment.succeeded starts it too: its stock.reserved may be late',
  'q.waiting-guard': 'stock.waiting extends the window only while neither has come',
} as const

export type QueueRule = keyof typeof rules
export type QueueApplies = (rule: QueueRule) => boolean
