import type { Case } from './mgmt-formats.ts'

const id = '01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23'
const ordersFile = { 'orders.csv': 'sku,quantity\nmug,1\nmug,2\n' }
const itemsFile = { 'items.csv': 'sku,name,price,currency,quantity\nmug,Mug,4.50,EUR,1\n' }

/** How each command is called that needs neither Kafka nor a whole stack. */
export const cases: Record<string, Case> = {
  signup: { args: ['ada', '--password-file', 'HOME/password'], files: { password: 'secret' } },
  login: { args: ['ada', '--password-file', 'HOME/password'], files: { password: 'secret' } },
  logout: {},
  whoami: {},
  'orders create': { args: ['--line', 'mug=2'] },
  'orders import': { args: ['HOME/orders.csv'], files: ordersFile },
  'orders list': {},
  'orders show': { args: [id] },
  'orders cancel': { args: [id] },
  'orders resend': { args: [id, '--force'] },
  'orders watch': { args: [id], expects: 3 },
  'payments list': {},
  'payments show': { args: [id] },
  'payments retry': { args: [id] },
  'payments give-up': { args: [id] },
  'shipments list': {},
  'shipments show': { args: [id] },
  'items create': { args: ['mug', '--name', 'Mug', '--price', '4.50', '--currency', 'EUR', '--quantity', '1'] },
  'items import': { args: ['HOME/items.csv'], files: itemsFile },
  'items update': { args: ['mug', '--price', '4.50'] },
  'items adjust': { args: ['mug', '--by', '1', '--reason', 'found'] },
  'items list': {},
  'items show': { args: ['mug'] },
  'items movements': { args: ['mug'] },
  'users list': {},
  'users set-role': { args: ['ada', 'operator'] },
  'users disable': { args: ['ada'] },
  'users enable': { args: ['ada'] },
  'users unlock': { args: ['ada'] },
  'users reset-password': { args: ['ada'] },
  'password change': {
    args: ['--password-file', 'HOME/password', '--new-password-file', 'HOME/new-password'],
    files: { password: 'secret', 'new-password': 'another secret' },
  },
  'sessions list': { args: ['--user', 'ada'] },
  'sessions revoke': { args: [id] },
  'context list': {},
  'context show': {},
  'context use': { args: ['local'] },
  'context set': { args: ['staging', '--order-url', 'https://orders.example'] },
  completion: { args: ['bash'] },
  commands: {},
  drill: {},
}
