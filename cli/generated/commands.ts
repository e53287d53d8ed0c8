// Generated from cli/commands/ by `npm run generate`. Do not edit.

import type { Entry } from '../command.ts'

/** Every command, in the order of the help; its file is loaded only when it is called for. */
export const entries: readonly Entry[] = [
  {
    path: 'signup',
    summary: 'Sign up as a customer, and log in',
    changesThings: true,
    load: () => import('../commands/signup.ts'),
  },
  {
    path: 'login',
    summary: 'Log in',
    changesThings: true,
    load: () => import('../commands/login.ts'),
  },
  {
    path: 'logout',
    summary: 'End the session',
    changesThings: true,
    load: () => import('../commands/logout.ts'),
  },
  {
    path: 'whoami',
    summary: 'Show who is logged in, and where',
    load: () => import('../commands/whoami.ts'),
  },
  {
    path: 'password change',
    summary: 'Change your password; all your other sessions end',
    changesThings: true,
    load: () => import('../commands/password/change.ts'),
  },
  {
    path: 'sessions list',
    summary: 'List the sessions that live',
    load: () => import('../commands/sessions/list.ts'),
  },
  {
    path: 'sessions revoke',
    summary: 'End a session',
    changesThings: true,
    load: () => import('../commands/sessions/revoke.ts'),
  },
  {
    path: 'orders create',
    summary: 'Create an order',
    changesThings: true,
    load: () => import('../commands/orders/create.ts'),
  },
  {
    path: 'orders list',
    summary: 'List orders, newest first',
    load: () => import('../commands/orders/list.ts'),
  },
  {
    path: 'orders import',
    summary: 'Create the orders of a CSV, JSON or JSONL file',
    changesThings: true,
    load: () => import('../commands/orders/import.ts'),
  },
  {
    path: 'orders show',
    summary: 'Show one order and its steps so far',
    load: () => import('../commands/orders/show.ts'),
  },
  {
    path: 'orders cancel',
    summary: 'Cancel orders, or lines of one that have not left',
    changesThings: true,
    load: () => import('../commands/orders/cancel.ts'),
  },
  {
    path: 'orders resend',
    summary: 'Publish the last events of an order again',
    changesThings: true,
    load: () => import('../commands/orders/resend.ts'),
  },
  {
    path: 'orders watch',
    summary: 'Watch an order until it ends',
    load: () => import('../commands/orders/watch.ts'),
  },
  {
    path: 'orders trace',
    summary: 'Show the steps of an order, and how long each took',
    load: () => import('../commands/orders/trace.ts'),
  },
  {
    path: 'payments list',
    summary: 'List payments',
    load: () => import('../commands/payments/list.ts'),
  },
  {
    path: 'payments show',
    summary: 'Show the payment of an order, with every attempt',
    load: () => import('../commands/payments/show.ts'),
  },
  {
    path: 'payments retry',
    summary: 'Try a stuck payment again',
    changesThings: true,
    load: () => import('../commands/payments/retry.ts'),
  },
  {
    path: 'payments give-up',
    summary: 'End a stuck payment without charging it again',
    changesThings: true,
    load: () => import('../commands/payments/give-up.ts'),
  },
  {
    path: 'shipments list',
    summary: 'List shipments',
    load: () => import('../commands/shipments/list.ts'),
  },
  {
    path: 'shipments show',
    summary: 'Show the shipment of an order',
    load: () => import('../commands/shipments/show.ts'),
  },
  {
    path: 'items create',
    summary: 'Create an item with its first stock',
    changesThings: true,
    load: () => import('../commands/items/create.ts'),
  },
  {
    path: 'items import',
    summary: 'Create the items of a CSV, JSON or JSONL file',
    changesThings: true,
    load: () => import('../commands/items/import.ts'),
  },
  {
    path: 'items update',
    summary: 'Change the name or the price of an item',
    changesThings: true,
    load: () => import('../commands/items/update.ts'),
  },
  {
    path: 'items adjust',
    summary: 'Add pieces to the stock, or remove some',
    changesThings: true,
    load: () => import('../commands/items/adjust.ts'),
  },
  {
    path: 'items list',
    summary: 'List or search items',
    load: () => import('../commands/items/list.ts'),
  },
  {
    path: 'items show',
    summary: 'Show one item and its stock',
    load: () => import('../commands/items/show.ts'),
  },
  {
    path: 'items movements',
    summary: 'List what changed the stock of an item',
    load: () => import('../commands/items/movements.ts'),
  },
  {
    path: 'users list',
    summary: 'List users',
    load: () => import('../commands/users/list.ts'),
  },
  {
    path: 'users set-role',
    summary: 'Make a user an operator, an observer, or a customer again',
    changesThings: true,
    load: () => import('../commands/users/set-role.ts'),
  },
  {
    path: 'users disable',
    summary: 'Let a user log in no more',
    changesThings: true,
    load: () => import('../commands/users/disable.ts'),
  },
  {
    path: 'users enable',
    summary: 'Let a user log in again',
    changesThings: true,
    load: () => import('../commands/users/enable.ts'),
  },
  {
    path: 'users unlock',
    summary: 'Let a user log in again after wrong passwords',
    changesThings: true,
    load: () => import('../commands/users/unlock.ts'),
  },
  {
    path: 'users reset-password',
    summary: 'Give a user a password for one use',
    changesThings: true,
    load: () => import('../commands/users/reset-password.ts'),
  },
  {
    path: 'events tail',
    summary: 'Watch every event of the system go by',
    load: () => import('../commands/events/tail.ts'),
  },
  {
    path: 'events send',
    summary: 'Send an event by hand',
    changesThings: true,
    load: () => import('../commands/events/send.ts'),
  },
  {
    path: 'events topics',
    summary: 'List the topics',
    load: () => import('../commands/events/topics.ts'),
  },
  {
    path: 'oversee',
    summary: 'The same as events tail',
    load: () => import('../commands/oversee.ts'),
  },
  {
    path: 'dlq list',
    summary: 'List dead letters: events that a service could not handle',
    load: () => import('../commands/dlq/list.ts'),
  },
  {
    path: 'dlq show',
    summary: 'Show one dead letter, and why it could not be handled',
    load: () => import('../commands/dlq/show.ts'),
  },
  {
    path: 'dlq redrive',
    summary: 'Send dead letters to their topics again',
    changesThings: true,
    load: () => import('../commands/dlq/redrive.ts'),
  },
  {
    path: 'dlq dismiss',
    summary: 'Dismiss dead letters that need no redrive',
    changesThings: true,
    load: () => import('../commands/dlq/dismiss.ts'),
  },
  {
    path: 'context list',
    summary: 'List contexts',
    load: () => import('../commands/context/list.ts'),
  },
  {
    path: 'context use',
    summary: 'Set the default context',
    changesThings: true,
    load: () => import('../commands/context/use.ts'),
  },
  {
    path: 'context set',
    summary: 'Set up a context: the addresses of its services',
    changesThings: true,
    load: () => import('../commands/context/set.ts'),
  },
  {
    path: 'context show',
    summary: 'Show the addresses of a context',
    load: () => import('../commands/context/show.ts'),
  },
  {
    path: 'completion',
    summary: 'Print what lets a shell complete commands, flags, ids and skus',
    load: () => import('../commands/completion.ts'),
  },
  {
    path: 'commands',
    summary: 'List every command with its flags, for programs',
    load: () => import('../commands/commands.ts'),
  },
  {
    path: 'drill',
    summary: 'Let something go wrong on purpose, and see whether the system copes',
    changesThings: true,
    load: () => import('../commands/drill.ts'),
  },
  {
    path: 'dev token',
    summary: 'Sign an access token for services that run without user-service',
    changesThings: true,
    load: () => import('../commands/dev/token.ts'),
  },
  {
    path: 'doctor',
    summary: 'Find out what is wrong, and what to do about it',
    load: () => import('../commands/doctor.ts'),
  },
  {
    path: 'reconcile',
    summary: 'Check every invariant over databases, topics and ledger',
    load: () => import('../commands/reconcile.ts'),
  },
  {
    path: 'status',
    summary: 'Show every service, server and queue on one screen',
    load: () => import('../commands/status.ts'),
  },
]
