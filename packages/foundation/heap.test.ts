import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import test from 'ava'

// In a process of its own, because it is about the whole heap. Each of many events is kept for a while, as the board does.
const churn = (first: string) => `
  ${first}
  const event = at => ({ at, lines: Array.from({ length: 40 }, (_, n) => ({ n })) })
  const kept = []
  let most = 0
  for (let at = 0; at < 400_000; at++) {
    kept[at % 20_000] = event(at)
    if (at % 5_000 === 0) most = Math.max(most, process.memoryUsage().heapUsed)
  }
  console.log(most / 2 ** 20)`

const megabytes = (first: string) =>
  Number(execFileSync(process.execPath, ['--input-type=module', '-e', churn(first)], { encoding: 'utf8' }))

test('what was kept for a while and is no longer does not pile up', t => {
  const bound = megabytes(`(await import(${JSON.stringify(join(import.meta.dirname, 'heap.ts'))})).boundHeap(50)`)
  const unbound = megabytes('')
  t.true(bound < 0.75 * unbound, `${bound.toFixed()} MB, and ${unbound.toFixed()} MB without`)
})
