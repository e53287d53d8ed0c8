import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const serviceNames = [
  'user-service',
  'order-service',
  'inventory-service',
  'payment-service',
  'shipping-service',
] as const
export type ServiceName = (typeof serviceNames)[number]

/** The arguments, when each is a service; else throws, naming the services. */
export function expectServices(args: string[], options: string[]): ServiceName[] {
  const isService = (arg: string): arg is ServiceName => serviceNames.some(name => name === arg)
  const unknown = args.find(arg => !isService(arg))
  if (unknown !== undefined) throw new Error(`${unknown} is not one of ${[...serviceNames, ...options].join(', ')}`)
  return args.filter(isService)
}

export const root = fileURLToPath(new URL('../../', import.meta.url))

const servicePorts: Record<ServiceName, number> = {
  'user-service': 8081,
  'order-service': 8082,
  'inventory-service': 8083,
  'payment-service': 8084,
  'shipping-service': 8085,
}

export const opsPortDistance = 10

/** Where a payment provider listens if it is a process of its own, as in fault runs. */
const providerPort = 8_090

const connectPort = 8_096

export type Addresses = ReturnType<typeof addresses>

export interface KafkaNode {
  id: number
  name: KafkaName
  broker: string
  controller: string
}

export const kafkaNames = ['kafka', 'kafka-2', 'kafka-3'] as const
export type KafkaName = (typeof kafkaNames)[number]

export function addresses(env: NodeJS.ProcessEnv = process.env) {
  const offset = Number(env.PORT_OFFSET || 0)
  if (!Number.isInteger(offset) || offset < 0 || offset > 40_000) {
    throw new Error(`PORT_OFFSET: ${env.PORT_OFFSET} is not a whole number from 0 to 40000`)
  }
  const port = (name: ServiceName) => servicePorts[name] + offset
  const kafkaNodes = kafkaNames.slice(0, env.KAFKA_NODES === '3' ? 3 : 1).map((name, at): KafkaNode => ({
    id: at + 1,
    name,
    broker: `127.0.0.1:${19_092 + 10 * at + offset}`,
    controller: `127.0.0.1:${19_093 + 10 * at + offset}`,
  }))
  const opsPort = (name: ServiceName) => port(name) + opsPortDistance
  const url = (name: ServiceName) => `http://127.0.0.1:${port(name)}`
  const opsUrl = (name: ServiceName) => `http://127.0.0.1:${opsPort(name)}`
  const dir = resolve(root, env.LOCAL_DIR || '.local')
  return {
    offset,
    dir,
    clusterIdFile: join(dir, 'kafka-cluster-id'),
    jwksFile: join(dir, 'jwks.json'),
    kafka: `127.0.0.1:${19_092 + offset}`,
    /** KAFKA_NODES=3 makes a cluster, for runs that test what happens when a leader moves. */
    kafkaNodes,
    kafkaBrokers: kafkaNodes.map(node => node.broker),
    /** A second listener of Kafka, which advertises the address of a proxy; only for runs that start one. */
    ...(env.KAFKA_BEHIND_PROXY === 'yes' && {
      kafkaProxied: { listens: `127.0.0.1:${19_094 + offset}`, advertised: `127.0.0.1:${19_095 + offset}` },
    }),
    /**
     * STACK_SECURITY=full secures Kafka and the databases as in production: TLS, a login and rights for each service
     * and for mgmt.
     */
    isSecured: env.STACK_SECURITY === 'full',
    hasRowLogs: env.DATABASE_LOGS === 'rows',
    postgres: { host: '127.0.0.1', port: 15_432 + offset },
    mariadb: { host: '127.0.0.1', port: 13_306 + offset },
    servicePort: port,
    opsPort,
    provider: { host: '127.0.0.1', port: providerPort + offset },
    connect: { host: '127.0.0.1', port: connectPort + offset },
    services: {
      user: url('user-service'),
      order: url('order-service'),
      inventory: url('inventory-service'),
      payment: url('payment-service'),
      shipping: url('shipping-service'),
    },
    ops: {
      user: opsUrl('user-service'),
      order: opsUrl('order-service'),
      inventory: opsUrl('inventory-service'),
      payment: opsUrl('payment-service'),
      shipping: opsUrl('shipping-service'),
    },
  }
}
