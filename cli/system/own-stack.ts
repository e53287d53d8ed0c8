import { addresses } from '@docket/addresses/addresses.ts'
import { kafkaAdmin, secrets } from '@docket/addresses/secrets.ts'
import type { KafkaSettings } from '@docket/kafka/client.ts'
import { kafkaOf, withKafka } from '../client/topics.ts'
import { exit, Failure } from '../failure.ts'
import { readTextSync, smallFile } from '../input/files.ts'
import type { Mgmt } from '../mgmt.ts'

const services = ['user', 'order', 'inventory', 'payment', 'shipping'] as const

/**
 * Throws unless mgmt reaches the stack of this checkout, because drills break things and forge tokens and events. An
 * address proves nothing, as a port of production may be forwarded to this machine; Kafka's cluster id does.
 */
export async function expectOwnStack(mgmt: Mgmt, what: string): Promise<void> {
  const at = addresses()
  const refused = (why: string) =>
    new Failure(`${what} only on the stack of this checkout: ${why}.`, {
      status: exit.notAllowed,
      code: 'not_own_stack',
      next: 'start it with ./bin/up-local.sh, and name it with --context local; LOCAL_DIR and PORT_OFFSET say which it is',
    })
  const elsewhere = services.find(name => !isSame(mgmt.context[name], at.services[name]))
  if (elsewhere !== undefined)
    throw refused(`its ${elsewhere}-service is at ${at.services[elsewhere]}, not at ${mgmt.context[elsewhere]}`)
  const own = clusterIdIn(at.clusterIdFile)
  if (own === undefined) throw refused(`there is none in ${at.dir}`)
  const [{ kafkaClient }, { clusterIdOf }] = await Promise.all([
    import('@docket/kafka/client.ts'),
    import('@docket/kafka/admin.ts'),
  ])
  const found = await withKafka(mgmt, () => clusterIdOf(kafkaClient(kafkaOf(mgmt))))
  if (found !== own) throw refused(`Kafka at ${mgmt.context.kafkaBrokers} is another, the cluster ${found}`)
}

/** On a secured stack, the login of mgmt may only read, so this one is used once {@link expectOwnStack} has passed. */
export function writableKafka(mgmt: Mgmt): KafkaSettings {
  const settings = kafkaOf(mgmt)
  if (!settings.sasl) return settings
  const password = secrets(addresses().dir).kafka[kafkaAdmin] ?? ''
  return { ...settings, sasl: { mechanism: 'scram-sha-512', username: kafkaAdmin, password } }
}

const isSame = (given: string, own: string) => given.replace(/\/\/(localhost|\[::1\])(?=[:/]|$)/, '//127.0.0.1') === own

function clusterIdIn(file: string): string | undefined {
  try {
    return readTextSync(file, smallFile('the cluster id of Kafka')).trim()
  } catch (error) {
    if (error instanceof Failure && error.code === 'no_file') return undefined
    throw error
  }
}
