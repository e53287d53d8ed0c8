import { Command } from 'commander'
import { addressNames, configFolder, expectUrl, readContexts, writeContexts, type KeptContext } from '../../context.ts'
import { usage } from '../../failure.ts'
import type { Make } from '../../mgmt.ts'
import { facts } from '../../render/table.ts'

interface Options {
  userUrl?: string
  orderUrl?: string
  inventoryUrl?: string
  paymentUrl?: string
  shippingUrl?: string
  kafkaBrokers?: string
  test?: boolean
  delete?: boolean
}

export const set: Make = ready => new Command('set')
  .description('Set a context up, or change the addresses of one')
  .argument('<name>')
  .option('--test', 'drills may be run there')
  .option('--no-test', 'drills may not be run there')
  .option('--delete', 'forget the context')
  .addHelpText('after', `
Examples:
  $ mgmt context set staging --user-url https://users.staging.example --order-url https://orders.staging.example \\
      --inventory-url https://stock.staging.example --kafka-brokers broker.staging.example:9092 --test
  $ mgmt context set staging --payment-url https://payments.staging.example
  $ mgmt context set staging --delete

Each context has a session of its own: log in with mgmt login USERNAME --context NAME. What is not given stays as it is.`)
  .action(async (name: string, options: Options) => {
    const mgmt = await ready()
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name) || name === 'local') throw usage(`"${name}" cannot be the name of a context: take letters, digits, dots and dashes; local is the stack on this machine`)
    const folder = configFolder(process.env)
    const file = readContexts(folder)
    const { [name]: before, ...others } = file.contexts
    const kept = options.delete ? undefined : { ...before, ...given(options) }
    const current = options.delete && file.current === name ? undefined : file.current
    writeContexts(folder, { ...(current !== undefined && { current }), contexts: kept ? { ...others, [name]: kept } : others })
    mgmt.note(options.delete ? `${name} is forgotten` : `${name} is set up; use it with: mgmt context use ${name}`)
    await mgmt.print({ name, ...kept }, (one, look) => facts([['context', one.name], ...addressNames.map(address => [address, kept?.[address]] as const)], look))
  })

function given({ userUrl, orderUrl, inventoryUrl, paymentUrl, shippingUrl, kafkaBrokers, test }: Options): KeptContext {
  const urls = { user: userUrl, order: orderUrl, inventory: inventoryUrl, payment: paymentUrl, shipping: shippingUrl }
  const addresses = Object.fromEntries(Object.entries(urls).flatMap(([name, url]) => url === undefined ? [] : [[name, expectUrl(url)]]))
  return { ...addresses, ...(kafkaBrokers !== undefined && { kafkaBrokers }), ...(test !== undefined && { test }) }
}
