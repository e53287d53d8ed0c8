import test from 'ava'
import { networkOf, plainAddress } from './network-address.ts'

const networks: [address: string, network: string][] = [
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:DB8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002::9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['what a proxy says', 'what a proxy says'],
  ['1:2:3:4:5:6:7:8:9::1', '1:2:3:4::/64'],
]
for (const [address, network] of networks)
  test(`${address} counts as ${network}`, t => t.is(networkOf(address), network))

test('an IPv4 address is shown as one', t => {
  t.is(plainAddress('::ffff:127.0.0.1'), '127.0.0.1')
  t.is(plainAddress('::FFFF:192.0.2.7'), '192.0.2.7')
  for (const address of ['::1', '192.0.2.7', '::ffff:7f00:1', '']) t.is(plainAddress(address), address)
})
