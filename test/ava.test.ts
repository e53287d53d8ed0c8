import test from 'ava'
import { countsOf } from './ava.ts'

const allPassed = '  ✔ stock › one (1ms)\n  ✔ stock › two\n  ─\n\n  2 tests passed\n'
const someFailed = '  ✔ stock › one\n  ✘ [fail]: stock › two Error\n  ─\n\n  1 test failed\n'
const skipped = '  - [skip] alerts › one (no Prometheus)\n  ─\n\n  1 test skipped\n'
const outside = '  ✔ stock › one\n  Uncaught exception in stock.test.ts\n  ─\n\n  1 uncaught exception\n'

for (const [story, status, output, counts] of [
  ['all passed', 0, allPassed, { passed: 2, failed: 0 }],
  ['one failed', 1, someFailed, { passed: 1, failed: 1 }],
  ['an exception outside of the tests counts as a failure', 1, outside, { passed: 1, failed: 1 }],
  ['a file whose tests are all skipped is no failure', 0, skipped, { passed: 0, failed: 0 }],
  ['a run that ends badly counts as a failure, whatever it says', 1, allPassed, { passed: 2, failed: 1 }],
  ['a run that was killed counts as a failure', null, '', { passed: 0, failed: 1 }],
  ['a run without a test counts as a failure', 0, '', { passed: 0, failed: 1 }],
] as const) {
  test(`counting: ${story}`, t => {
    t.deepEqual(countsOf(status, output), counts)
  })
}
