import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { json, loggedIn, mgmt } from '@docket/test/support/mgmt-process.ts'

const [first, gone] = ['01981b2c-7f00-7c32-8e61-4d8f1a2b3c45', '01981b2c-7f00-7c32-8e61-4d8f1a2b3c46']

test('a file of scans is dispatched once: what is refused is named, and the rest is not sent again', async t => {
  const sent: { url: string | undefined; body: unknown; key: unknown }[] = []
  const setup = await loggedIn(t, async (req, res) => {
    let text = ''
    for await (const chunk of req) text += chunk
    sent.push({ url: req.url, body: JSON.parse(text), key: req.headers['idempotency-key'] })
    if (req.url?.includes(gone))
      return json(res, 409, { code: 'shipment_shipped', detail: 'Only an open shipment can leave.' })
    json(res, 200, { id: first, status: 'shipped' })
  })
  const file = join(setup.home, 'scans.csv')
  writeFileSync(file, `shipment,carrier,tracking_number,lines\n${first},Harbour Post,HP1,mug=1\n${gone},,,\n`)
  const { status, stderr } = await mgmt(setup, ['shipments', 'dispatch', '--file', file, '--concurrency', '1'])
  t.is(status, 1)
  t.regex(stderr, /1 scans are in, 0 were in before, 1 failed/)
  t.like(sent, [
    {
      url: `/shipments/${first}/dispatch`,
      body: { carrier: 'Harbour Post', trackingNumber: 'HP1', lines: [{ sku: 'mug', quantity: 1 }] },
    },
    { url: `/shipments/${gone}/dispatch`, body: {} },
  ])
  t.true(sent.every(({ key }) => typeof key === 'string'))
  t.regex(readFileSync(`${file}.results.jsonl`, 'utf8'), /"code":"shipment_shipped"/)
  await mgmt(setup, ['shipments', 'dispatch', '--file', file])
  t.deepEqual(
    sent.slice(2).map(({ url }) => url),
    [`/shipments/${gone}/dispatch`],
  )
})

test('one shipment is dispatched, or a file of them, and a file says itself what leaves', async t => {
  const setup = await loggedIn(t, (_, res) => json(res, 200, {}))
  for (const args of [[], [first, '--file', 'scans.csv'], ['--file', 'scans.csv', '--line', 'mug=1']])
    t.is((await mgmt(setup, ['shipments', 'dispatch', ...args])).status, 2)
  t.deepEqual(
    setup.requests.map(({ url }) => url),
    ['/login'],
  )
})
