/**
 * Starts the local stack, or what of it has died: `node local/up.ts [--docker] [--watch] [--servers | SERVICE...]`.
 * Without arguments, everything; with --servers, Kafka, PostgreSQL and MariaDB; with names, these services and the
 * servers they need. With --watch it stays, and restarts services whose sources change.
 */
import { addresses, expectServices } from '@docket/addresses/addresses.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import { everything, needsOf, startStack, type Wanted } from './stack.ts'
import { watchServices } from './watch.ts'

const options = ['--docker', '--watch']

function wanted(args: string[]): Wanted {
  if (args.includes('--servers')) return { ...everything, services: [] }
  const names = expectServices(
    args.filter(arg => !options.includes(arg)),
    ['--servers', ...options],
  )
  return names.length > 0 ? needsOf(names) : everything
}

try {
  const began = Date.now()
  const args = process.argv.slice(2)
  const parts = wanted(args)
  const isWatching = args.includes('--watch')
  if (isWatching && parts.services.length === 0) throw new Error('--watch is for services: it goes not with --servers')
  await startStack(parts, console.log, { docker: args.includes('--docker') })
  console.log(`all is up after ${((Date.now() - began) / 1000).toFixed(1)} s; data and logs are in ${addresses().dir}`)
  const [first, ...others] = parts.services
  if (first && others.length === 0) console.log(`how to use it alone: ${first}/README.md`)
  if (isWatching) await watchServices(parts.services, console.log)
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}
