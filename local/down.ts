/**
 * Stops the local stack: `node local/down.ts [--purge | SERVICE...]`. With names, these services and the servers that
 * nothing else needs; with --purge, everything, and the data is deleted.
 */
import { expectServices } from '@docket/addresses/addresses.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import { everything, purgeStack, stopServices, stopStack } from './stack.ts'

try {
  const args = process.argv.slice(2)
  const names = expectServices(
    args.filter(arg => arg !== '--purge'),
    ['--purge'],
  )
  const purge = args.includes('--purge')
  if (purge && names.length > 0) throw new Error('--purge deletes the data of the whole stack: it goes with no service')
  let lines = 0
  const print = (line: string) => {
    lines++
    console.log(line)
  }
  if (purge) await purgeStack(print)
  else if (names.length > 0) await stopServices(names, print)
  else await stopStack(everything, print)
  if (purge) console.log('all is stopped, and its data deleted')
  else if (lines === 0) console.log(names.length > 0 ? `${names.join(', ')} was not running` : 'nothing was running')
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}
