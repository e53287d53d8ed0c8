import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { Behaviour } from './behaviour.ts'

interface Answer {
  status: number
  outcome?: string
  reason?: string
  refunded?: boolean
  refunds?: { id: string; outcome: string; amount: number }[]
}

/** On a port of its own; `again` starts it anew on the same ledger. */
async function aProvider(t: ExecutionContext, token = 'tok_ok') {
  const folder = mkdtempSync(join(tmpdir(), 'docket-provider-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  let { url, stop } = await started(folder)
  t.teardown(() => stop())
  const request = async (method: string, path: string, key?: string, body?: object): Promise<Answer> => {
    const headers = key === undefined ? {} : { 'idempotency-key': key }
    const response = await fetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) })
    return { status: response.status, ...((await response.json()) as object) }
  }
  await request('POST', '/charges', 'charge', { payment: 'p', amount: 1_000, currency: 'EUR', token })
  return {
    behave: (behaviour: Behaviour) => request('PUT', '/behaviour', undefined, behaviour),
    refund: (amount: number, key = 'refund') =>
      request('POST', '/refunds', key, { charge: 'charge', amount, currency: 'EUR', refund: 'refund' }),
    refundOther: (amount: number) =>
      request('POST', '/refunds', 'other', { charge: 'charge', amount, currency: 'EUR', refund: 'other' }),
    refundWhole: (key?: string) =>
      request('POST', '/charges/charge/refund', key, key === undefined ? undefined : { refund: 'whole' }),
    find: (key: string) => request('GET', `/refunds/${key}`),
    async listed(): Promise<Answer | undefined> {
      const { charges } = (await request('GET', '/charges')) as unknown as { charges: Answer[] }
      return charges[0]
    },
    async again() {
      await stop()
      ;({ url, stop } = await started(folder))
    },
  }
}

async function started(folder: string) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), '0', join(folder, 'ledger.jsonl')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const gone = once(child, 'exit')
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return {
    url: `http://127.0.0.1:${/\d+/.exec(String(line))?.[0]}`,
    async stop() {
      child.kill()
      await gone
    },
  }
}

test('a part is refunded once under its key, and never more than was charged; the ledger says so after a restart', async t => {
  const provider = await aProvider(t)
  t.like(await provider.refund(300), { status: 200, outcome: 'refunded' })
  t.like(await provider.refund(300), { status: 200, outcome: 'refunded' })
  t.is((await provider.refund(200)).status, 409, 'the key stands for another amount')
  t.like(await provider.refundOther(701), { status: 422, reason: 'exceeds_charge' })
  await provider.again()
  t.like(await provider.find('refund'), { status: 200, outcome: 'refunded' })
  t.is((await provider.find('other')).status, 404)
  t.like(await provider.refundOther(701), { status: 422 })
  t.like(await provider.listed(), { refunded: false, refunds: [{ id: 'refund', outcome: 'refunded', amount: 300 }] })
})

test('a whole charge is refunded once, with a key or, as by release 0.1.0, without', async t => {
  const provider = await aProvider(t)
  await provider.refund(300)
  for (const key of [undefined, 'whole', undefined]) t.is((await provider.refundWhole(key)).status, 200)
  t.like(await provider.listed(), { refunded: true })
  t.is((await provider.listed())?.refunds?.length, 1)
  t.is((await provider.refundOther(1)).status, 422)
})

test('a refund that was declined is declined again under its key, after a restart too, and not under another', async t => {
  const provider = await aProvider(t, 'tok_refund_declined')
  t.like(await provider.refund(300), { outcome: 'declined', reason: 'account_closed' })
  await provider.again()
  t.like(await provider.refund(300), { outcome: 'declined' })
  t.like(await provider.find('refund'), { outcome: 'declined' })
  t.like(await provider.refund(300, 'refund-2'), { outcome: 'refunded' })
})

test('a failure is repeated under its key; an answer that is lost leaves the refund made', async t => {
  const provider = await aProvider(t)
  await provider.behave({ failsRefunds: 1 })
  t.is((await provider.refund(300)).status, 500)
  await provider.behave({})
  t.is((await provider.refund(300)).status, 500)
  t.is((await provider.find('refund')).status, 404)
  await provider.behave({ losesAnswers: 1 })
  await t.throwsAsync(provider.refund(300, 'refund-2'))
  await provider.behave({})
  t.like(await provider.find('refund-2'), { outcome: 'refunded' })
})
