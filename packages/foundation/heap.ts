import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Keeps memory near what is in use. Whatever is kept for some tenths of a second is old when it becomes garbage, and V8
 * would let that grow: before its first full collection to a share of the machine's memory, and then to four times what
 * is in use. So the first one is now, and the next ones come when `percent` of what is in use has been added.
 */
export function boundHeap(percent: number): void {
  setFlagsFromString(`--heap-growing-percent=${percent}`)
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void // as that flag defines it
  collect()
}
