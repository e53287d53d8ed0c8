import test from 'ava'
import { countsOf, reportOf, resultOf } from './ava.ts'

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

test('a report names what failed, and says why', t => {
  const output =
    '  ✔ a › one\n  ✘ [fail]: a › two Error\n  ✔ a › three\n  ─\n\n  a › two\n\n  Value is false\n\n  1 test failed\n'
  const report = reportOf(['a.test.ts'], output)
  t.is(report, 'a.test.ts\n  ✘ [fail]: a › two Error\n  ─\n\n  a › two\n\n  Value is false\n\n  1 test failed')
})

test('a report of a run that was killed is what it had printed last, and no report is endless', t => {
  t.is(reportOf(['a.test.ts'], '  ✔ a › one\n'), 'a.test.ts\n  ✔ a › one')
  t.true(reportOf(['a.test.ts'], '✔ one\n'.repeat(10_000)).length <= 12_100)
  t.regex(reportOf(['a', 'b', 'c', 'd'], ''), /^4 test files/)
  t.regex(reportOf(['a.test.ts'], outside), /Uncaught exception in stock\.test\.ts/)
})

test('a tool that fails is reported by its last lines', t => {
  t.deepEqual(resultOf('faults', { status: 0, output: 'fine' }).reports, [])
  const { failed, reports } = resultOf('faults', { status: 1, output: `${'a line\n'.repeat(10_000)}the reason\n` })
  t.is(failed, 1)
  t.regex(reports[0] ?? '', /^faults\n[^]{1,6000}the reason$/)
})
