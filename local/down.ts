/**
 * Stops the local stack: `node local/down.ts [--purge | SERVICE...]`. With names, these services and the servers that nothing
 * else needs; with --purge, everything, and the data is deleted.
 */
import { expectServices } from './addresses.ts'
import { everything, purgeStack, stopServices, stopStack } from './stack.ts'

try {
  const args = process.argv.slice(2)
  const names = expectServices(args.filter(arg => arg !== '--purge'), ['--purge'])
  const purge = args.includes('--purge')
  if (purge && names.length > 0) throw new Error('--purge deletes the data of the whole stack: it goes with no service')
  if (purge) await purgeStack(console.log)
  else if (names.length > 0) await stopServices(names, console.log)
  else await stopStack(everything, console.log)
  console.log(purge ? 'all is stopped, and its data deleted' : names.length > 0 ? `${names.join(', ')} stopped` : 'all is stopped')
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
