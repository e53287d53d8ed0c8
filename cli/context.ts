import { createHash } from 'node:crypto'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { usage } from './failure.ts'

/** Where the services are, and under which name the session is kept. */
export interface Context {
  name: string
  user: string
  order: string
  inventory: string
  payment: string
  shipping: string
  kafkaBrokers: string
}

/** The local stack, which follows PORT_OFFSET, unless the environment says where each service is. */
export function contextOf(env: NodeJS.ProcessEnv, named: string | undefined): Context {
  const offset = Number(env.PORT_OFFSET || 0)
  if (!Number.isInteger(offset) || offset < 0) throw usage(`PORT_OFFSET is "${env.PORT_OFFSET}"; it must be a whole number`)
  const local = (port: number) => `http://127.0.0.1:${port + offset}`
  const user = env.MGMT_USER_URL || local(8081)
  const place = env.MGMT_USER_URL ? `at-${createHash('sha256').update(user).digest('hex').slice(0, 8)}` : offset === 0 ? 'local' : `local-${offset}`
  return {
    name: named ?? env.MGMT_CONTEXT ?? place, user,
    order: env.MGMT_ORDER_URL || local(8082), inventory: env.MGMT_INVENTORY_URL || local(8083), payment: env.MGMT_PAYMENT_URL || local(8084),
    shipping: env.MGMT_SHIPPING_URL || local(8085), kafkaBrokers: env.MGMT_KAFKA_BROKERS || `127.0.0.1:${19_092 + offset}`,
  }
}

/** Where this user's sessions are kept. */
export const configFolder = (env: NodeJS.ProcessEnv) => join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'mgmt')
