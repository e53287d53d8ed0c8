import type { Entry } from './command-tree.ts'

/** Every command: its words, what it is for, and its file, which is loaded only when the command is called for. */
export const entries: readonly Entry[] = [
  {
    path: 'signup',
    summary: 'Become a customer, and log in',
    changesThings: true,
    load: async () => (await import('./commands/signup.ts')).signup,
  },
  {
    path: 'login',
    summary: 'Log in',
    changesThings: true,
    load: async () => (await import('./commands/login.ts')).login,
  },
  {
    path: 'logout',
    summary: 'End the session',
    changesThings: true,
    load: async () => (await import('./commands/logout.ts')).logout,
  },
  {
    path: 'whoami',
    summary: 'Who is logged in, and where',
    load: async () => (await import('./commands/whoami.ts')).whoami,
  },
  {
    path: 'password change',
    summary: 'Change your password; all your other sessions end',
    changesThings: true,
    load: async () => (await import('./commands/password/change.ts')).change,
  },
  {
    path: 'sessions list',
    summary: 'List the sessions that live',
    load: async () => (await import('./commands/sessions/list.ts')).list,
  },
  {
    path: 'sessions revoke',
    summary: 'End a session',
    changesThings: true,
    load: async () => (await import('./commands/sessions/revoke.ts')).revoke,
  },
  {
    path: 'orders create',
    summary: 'Create an order',
    changesThings: true,
    load: async () => (await import('./commands/orders/create.ts')).create,
  },
  {
    path: 'orders list',
    summary: 'List orders, newest first',
    load: async () => (await import('./commands/orders/list.ts')).list,
  },
  {
    path: 'orders import',
    summary: 'Create the orders of a CSV, JSON or JSONL file',
    changesThings: true,
    load: async () => (await import('./commands/orders/import.ts')).importOrders,
  },
  {
    path: 'orders show',
    summary: 'Show one order and how it got there',
    load: async () => (await import('./commands/orders/show.ts')).show,
  },
  {
    path: 'orders cancel',
    summary: 'Cancel orders that have not been accepted',
    changesThings: true,
    load: async () => (await import('./commands/orders/cancel.ts')).cancel,
  },
  {
    path: 'orders resend',
    summary: 'Publish the last events of an order again',
    changesThings: true,
    load: async () => (await import('./commands/orders/resend.ts')).resend,
  },
  {
    path: 'orders watch',
    summary: 'Watch an order until it ends',
    load: async () => (await import('./commands/orders/watch.ts')).watch,
  },
  {
    path: 'orders trace',
    summary: 'Show the steps of an order, and how long each took',
    load: async () => (await import('./commands/orders/trace.ts')).trace,
  },
  {
    path: 'payments list',
    summary: 'List payments',
    load: async () => (await import('./commands/payments/list.ts')).list,
  },
  {
    path: 'payments show',
    summary: 'Show the payment of an order, with every attempt',
    load: async () => (await import('./commands/payments/show.ts')).show,
  },
  {
    path: 'payments retry',
    summary: 'Try a stuck payment again',
    changesThings: true,
    load: async () => (await import('./commands/payments/retry.ts')).retry,
  },
  {
    path: 'payments give-up',
    summary: 'End a stuck payment without charging it again',
    changesThings: true,
    load: async () => (await import('./commands/payments/give-up.ts')).giveUp,
  },
  {
    path: 'shipments list',
    summary: 'List shipments',
    load: async () => (await import('./commands/shipments/list.ts')).list,
  },
  {
    path: 'shipments show',
    summary: 'Show the shipment of an order',
    load: async () => (await import('./commands/shipments/show.ts')).show,
  },
  {
    path: 'items create',
    summary: 'Create an item with its first stock',
    changesThings: true,
    load: async () => (await import('./commands/items/create.ts')).create,
  },
  {
    path: 'items import',
    summary: 'Create the items of a CSV, JSON or JSONL file',
    changesThings: true,
    load: async () => (await import('./commands/items/import.ts')).importItems,
  },
  {
    path: 'items update',
    summary: 'Change the name or the price of an item',
    changesThings: true,
    load: async () => (await import('./commands/items/update.ts')).update,
  },
  {
    path: 'items adjust',
    summary: 'Add pieces to the stock, or remove some',
    changesThings: true,
    load: async () => (await import('./commands/items/adjust.ts')).adjust,
  },
  {
    path: 'items list',
    summary: 'List or search items',
    load: async () => (await import('./commands/items/list.ts')).list,
  },
  {
    path: 'items show',
    summary: 'Show one item and its stock',
    load: async () => (await import('./commands/items/show.ts')).show,
  },
  {
    path: 'items movements',
    summary: 'List what changed the stock of an item',
    load: async () => (await import('./commands/items/movements.ts')).movements,
  },
  { path: 'users list', summary: 'List users', load: async () => (await import('./commands/users/list.ts')).list },
  {
    path: 'users set-role',
    summary: 'Make a user an operator, an observer, or a customer again',
    changesThings: true,
    load: async () => (await import('./commands/users/set-role.ts')).setRole,
  },
  {
    path: 'users disable',
    summary: 'Let a user log in no more',
    changesThings: true,
    load: async () => (await import('./commands/users/disable.ts')).disable,
  },
  {
    path: 'users enable',
    summary: 'Let a user log in again',
    changesThings: true,
    load: async () => (await import('./commands/users/enable.ts')).enable,
  },
  {
    path: 'users unlock',
    summary: 'Let a user log in again after wrong passwords',
    changesThings: true,
    load: async () => (await import('./commands/users/unlock.ts')).unlock,
  },
  {
    path: 'users reset-password',
    summary: 'Give a user a password for one use',
    changesThings: true,
    load: async () => (await import('./commands/users/reset-password.ts')).resetPassword,
  },
  {
    path: 'events tail',
    summary: 'Watch every event of the system go by',
    load: async () => (await import('./commands/events/tail.ts')).tailEvents,
  },
  {
    path: 'events topics',
    summary: 'List the topics',
    load: async () => (await import('./commands/events/topics.ts')).topics,
  },
  {
    path: 'oversee',
    summary: 'The same as events tail',
    load: async () => (await import('./commands/events/tail.ts')).oversee,
  },
  {
    path: 'dlq list',
    summary: 'List dead letters: events that a service could not handle',
    load: async () => (await import('./commands/dlq/list.ts')).list,
  },
  {
    path: 'dlq show',
    summary: 'Show one dead letter, and why it could not be handled',
    load: async () => (await import('./commands/dlq/show.ts')).show,
  },
  {
    path: 'dlq redrive',
    summary: 'Send dead letters to their topics again',
    changesThings: true,
    load: async () => (await import('./commands/dlq/redrive.ts')).redrive,
  },
  {
    path: 'dlq dismiss',
    summary: 'Dismiss dead letters that need no redrive',
    changesThings: true,
    load: async () => (await import('./commands/dlq/dismiss.ts')).dismiss,
  },
  {
    path: 'context list',
    summary: 'List contexts',
    load: async () => (await import('./commands/context/list.ts')).list,
  },
  {
    path: 'context use',
    summary: 'Set the default context',
    changesThings: true,
    load: async () => (await import('./commands/context/use.ts')).use,
  },
  {
    path: 'context set',
    summary: 'Set up a context: the addresses of its services',
    changesThings: true,
    load: async () => (await import('./commands/context/set.ts')).set,
  },
  {
    path: 'context show',
    summary: 'Show the addresses of a context',
    load: async () => (await import('./commands/context/show.ts')).show,
  },
  {
    path: 'completion',
    summary: 'Print what lets a shell complete commands, flags, ids and skus',
    load: async () => (await import('./commands/completion.ts')).completion,
  },
  {
    path: 'commands',
    summary: 'List every command with its flags, for programs',
    load: async () => (await import('./commands/commands.ts')).commands(entries),
  },
  {
    path: 'drill',
    summary: 'Let something go wrong on purpose, and see whether the system copes',
    changesThings: true,
    load: async () => (await import('./commands/drill.ts')).drill,
  },
  {
    path: 'doctor',
    summary: 'Find out what is wrong, and what to do about it',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  {
    path: 'reconcile',
    summary: 'Check every invariant over databases, topics and ledger',
    load: async () => (await import('./commands/reconcile.ts')).reconcile,
  },
  {
    path: 'status',
    summary: 'Show every service, server and queue on one screen',
    load: async () => (await import('./commands/status.ts')).status,
  },
]

export const groups: Readonly<Record<string, string>> = {
  password: 'Change your password',
  sessions: 'See and end sessions',
  orders: 'Create, follow and cancel orders',
  payments: 'See payments, and decide about those that are stuck',
  shipments: 'See what has left',
  items: 'Keep the stock',
  users: 'Manage users',
  events: 'Watch what happens',
  context: 'Say where the services are',
  dlq: 'Look after events that a service could not handle',
}
