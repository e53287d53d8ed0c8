import test from 'ava'
import { given, mgmt } from '@docket/test/support/mgmt-process.ts'

test('what could do harm is refused where this checkout has no stack, whoever answers at its addresses', async t => {
  const { home } = await given(t)
  const setup = { env: { XDG_CONFIG_HOME: home, LOCAL_DIR: home } }
  for (const args of [
    ['drill', 'out-of-stock'],
    ['dev', 'token', '--role', 'operator'],
    ['events', 'send', 'order.completed', '--data', '{"orderId": "01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23"}'],
  ]) {
    const { status, stdout, stderr } = await mgmt(setup, args)
    t.is(status, 4, `${args.join(' ')}: ${stderr}`)
    t.regex(stderr, /only on the stack of this checkout: there is none in /)
    t.is(stdout, '')
  }
})
