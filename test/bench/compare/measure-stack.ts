/**
 * Measures the stack at the ports of an offset, and sends what it has found to the process that forked it, which is
 * compare.ts.
 *   measure-stack.ts OFFSET SECONDS WARM_UP_SECONDS
 */
import { latencyAt } from '../measures/latency.ts'
import { measuredCapacity, warmUp } from '../measures/saturation.ts'
import { ordersPerSecond, type Measured } from './comparison.ts'
import { openRemoteShop } from './remote-shop.ts'

const [offset = 0, seconds = 0, warmUpSeconds = 0] = process.argv.slice(2).map(Number)
process.once('disconnect', () => process.exit(1)) // the comparison was ended, so nobody needs the result

const shop = await openRemoteShop(offset)
try {
  await warmUp(shop, warmUpSeconds)
  const saturation = await measuredCapacity(shop, 1, seconds)
  const steady = await latencyAt(shop, ordersPerSecond, { repeats: 1, seconds, fewest: 1 })
  shop.expectSameProcesses()
  const measured: Measured = { saturation, steady }
  process.send?.(measured)
} finally {
  await shop.close()
}
process.removeAllListeners('disconnect')
process.disconnect?.()
