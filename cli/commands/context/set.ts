import { resolve } from 'node:path'
import { Command, Option } from 'commander'
import { saslMechanisms, secured, type KafkaSecurity } from '@docket/kafka/security.ts'
import {
  addressNames,
  changeContexts,
  configFolder,
  expectBrokers,
  expectUrl,
  kafkaSecurityShape,
  readContexts,
  securityInWords,
  withoutPassword,
  type KeptContext,
} from '../../client/context.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import { usage } from '../../failure.ts'
import type { About, Make } from '../../command.ts'
import type { Mgmt } from '../../mgmt.ts'
import { passwordFrom } from '../../input/password.ts'
import { clean, facts } from '../../render/table.ts'

interface Options {
  userUrl?: string
  orderUrl?: string
  inventoryUrl?: string
  paymentUrl?: string
  shippingUrl?: string
  kafkaBrokers?: string
  kafkaSsl?: boolean
  kafkaSslCaFile?: string
  kafkaSasl: boolean
  kafkaSaslMechanism?: string
  kafkaSaslUsername?: string
  kafkaSaslPasswordStdin?: boolean
  kafkaSaslPasswordFile?: string
  delete?: boolean
}

export const about: About = {
  summary: 'Set up a context: the addresses of its services',
  changesThings: true,
  prints: {
    name: 'string',
    'user?': 'string',
    'order?': 'string',
    'inventory?': 'string',
    'payment?': 'string',
    'shipping?': 'string',
    'kafkaBrokers?': 'string',
    'kafkaSecurity?': kafkaSecurityShape,
  },
  samples: [{ args: 'staging --order-url https://orders.example', callers: 'everybody' }],
}

export const command: Make = ready =>
  new Command('set')
    .description('Create a context, or change its addresses')
    .argument('<name>')
    .option('--kafka-ssl', 'its Kafka requires TLS')
    .option('--no-kafka-ssl', 'its Kafka uses no TLS')
    .option('--kafka-ssl-ca-file <file>', 'PEM file with the authority that signed the certificates of its brokers')
    .addOption(new Option('--kafka-sasl-mechanism <name>', 'how to log in to its Kafka').choices(saslMechanisms))
    .option('--kafka-sasl-username <name>', 'the user that logs in to its Kafka; mgmt prompts for the password')
    .option('--kafka-sasl-password-stdin', 'read that password from stdin')
    .option('--kafka-sasl-password-file <file>', 'read that password from a file')
    .option('--no-kafka-sasl', 'forget the login of its Kafka')
    .option('--delete', 'forget the context')
    .addHelpText(
      'after',
      `
Examples:
  $ mgmt context set staging --user-url https://users.staging.example --order-url https://orders.staging.example \\
      --inventory-url https://stock.staging.example --kafka-brokers broker.staging.example:9092
  $ mgmt context set staging --payment-url https://payments.staging.example
  $ mgmt context set staging --kafka-ssl --kafka-sasl-mechanism scram-sha-512 --kafka-sasl-username mgmt
  $ mgmt context set staging --delete

Each context has a session of its own: log in with mgmt login USERNAME --context NAME. Settings that are not given stay unchanged.
Contexts, including the Kafka password, are stored in a file that only you can read; the password is never shown.`,
    )
    .action(async (name: string, options: Options) => {
      const mgmt = await ready()
      if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name) || name === 'local')
        throw usage(
          `"${name}" cannot be the name of a context: use letters, digits, dots and dashes; local is the stack on this machine`,
        )
      const folder = configFolder(process.env)
      const { [name]: before } = readContexts(folder).contexts
      const changes = options.delete
        ? {}
        : { ...given(options), ...(await securityGiven(options, before?.kafkaSecurity, mgmt)) }
      const { contexts } = await changeContexts(folder, ({ current, contexts: { [name]: now, ...others } }) => ({
        ...(current !== undefined && !(options.delete && current === name) && { current }),
        contexts: options.delete ? others : { ...others, [name]: { ...now, ...changes } },
      }))
      const kept = contexts[name]
      mgmt.note(options.delete ? `${name} is forgotten` : `${name} is set up; use it with: mgmt context use ${name}`)
      const security = securityInWords(kept?.kafkaSecurity ?? {})
      await mgmt.print(withoutPassword({ name, ...kept }), (one, look) =>
        facts(
          [
            ['context', one.name],
            ...addressNames.map(address => [address, kept?.[address]] as const),
            ['kafkaSecurity', security && clean(security)],
          ],
          look,
        ),
      )
    })

function given({ userUrl, orderUrl, inventoryUrl, paymentUrl, shippingUrl, kafkaBrokers }: Options): KeptContext {
  const urls = { user: userUrl, order: orderUrl, inventory: inventoryUrl, payment: paymentUrl, shipping: shippingUrl }
  const addresses = Object.fromEntries(
    Object.entries(urls).flatMap(([name, url]) => (url === undefined ? [] : [[name, expectUrl(url, `--${name}-url`)]])),
  )
  return {
    ...addresses,
    ...(kafkaBrokers !== undefined && { kafkaBrokers: expectBrokers(kafkaBrokers, '--kafka-brokers') }),
  }
}

/** A password is kept only for the user that it was set for, so that no other user gets it. */
async function securityGiven(
  options: Options,
  before: KafkaSecurity = {},
  mgmt: Mgmt,
): Promise<{ kafkaSecurity?: KafkaSecurity }> {
  const { kafkaSsl, kafkaSslCaFile, kafkaSasl, kafkaSaslMechanism, kafkaSaslUsername } = options
  const { saslMechanism, saslUsername, saslPassword, ...tls } = before
  const login = kafkaSasl
    ? { ...(saslMechanism !== undefined && { saslMechanism }), ...(saslUsername !== undefined && { saslUsername }) }
    : {}
  const isSame = kafkaSasl && (kafkaSaslUsername === undefined || kafkaSaslUsername === saslUsername)
  const password = (await newPassword(options, mgmt)) ?? (isSame ? saslPassword : undefined)
  const kafkaSecurity: KafkaSecurity = {
    ...tls,
    ...(kafkaSsl !== undefined && { ssl: kafkaSsl }),
    ...(kafkaSslCaFile !== undefined && { sslCaFile: resolve(kafkaSslCaFile) }),
    ...login,
    ...(kafkaSaslMechanism !== undefined && { saslMechanism: kafkaSaslMechanism }),
    ...(kafkaSaslUsername !== undefined && { saslUsername: kafkaSaslUsername }),
    ...(password !== undefined && { saslPassword: password }),
  }
  expectWhole(kafkaSecurity)
  if (kafkaSaslUsername !== undefined && password === undefined)
    mgmt.note(
      'no password is kept for Kafka: give it in MGMT_KAFKA_SASL_PASSWORD, or with --kafka-sasl-password-file FILE',
    )
  return Object.keys(kafkaSecurity).length > 0 || Object.keys(before).length > 0 ? { kafkaSecurity } : {}
}

/** Throws now for settings that could not be used later. The password may still come from the environment. */
function expectWhole(security: KafkaSecurity): void {
  try {
    secured(
      {
        ...security,
        ...(security.saslUsername !== undefined && { saslPassword: security.saslPassword ?? 'from the environment' }),
      },
      setting => `--kafka-${setting.toLowerCase().replaceAll('_', '-')}`,
    )
  } catch (error) {
    throw usage(messageOf(error))
  }
}

/** Prompts at a terminal if a new user is set, since a password must not be an argument. */
async function newPassword(
  { kafkaSaslUsername, kafkaSaslPasswordStdin, kafkaSaslPasswordFile }: Options,
  mgmt: Mgmt,
): Promise<string | undefined> {
  const from = {
    ...(kafkaSaslPasswordStdin && { passwordStdin: true }),
    ...(kafkaSaslPasswordFile !== undefined && { passwordFile: kafkaSaslPasswordFile }),
  }
  const isWanted = Object.keys(from).length > 0 || (kafkaSaslUsername !== undefined && mgmt.interactive)
  return isWanted ? passwordFrom(from, mgmt, false) : undefined
}
