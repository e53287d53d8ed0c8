interface Group {
  summary: string
  /** By name if omitted; a command that is missing here comes last, so that none is lost. */
  order?: string
}

export const groups: Readonly<Record<string, Group>> = {
  password: { summary: 'Change your password' },
  sessions: { summary: 'See and end sessions' },
  orders: {
    summary: 'Create, follow and cancel orders',
    order: 'create list import show cancel resend watch trace',
  },
  payments: { summary: 'See payments, and decide about those that are stuck', order: 'list show retry give-up' },
  refunds: {
    summary: 'Give money back, and decide about refunds that failed',
    order: 'create list show retry by-hand',
  },
  shipments: {
    summary: 'See what has left, and hand over what has not',
    order: 'list show dispatch delivered undeliverable lost reports dismiss-report',
  },
  returns: { summary: 'See and receive what comes back', order: 'create list show receive cancel' },
  locations: { summary: 'Say how goods leave the places where they are' },
  items: { summary: 'Keep the stock', order: 'create import update adjust list show movements' },
  users: { summary: 'Manage users', order: 'list set-role disable enable unlock reset-password' },
  reports: {
    summary: 'Add up what was sold, how long it took, and why it was not',
    order: 'sales lead-time reasons',
  },
  audit: { summary: 'See who did what' },
  events: { summary: 'Watch what happens, or make it happen', order: 'tail send topics' },
  context: { summary: 'Say where the services are', order: 'list use set show' },
  dev: { summary: 'Develop a service' },
  dlq: { summary: 'Look after events that a service could not handle', order: 'list show redrive dismiss' },
}

export const order = `signup login logout whoami password sessions orders payments refunds shipments returns items locations users audit reports events oversee board
  dlq context completion commands drill dev doctor reconcile status`
