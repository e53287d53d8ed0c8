/**
 * One customer who floods order-service with orders that are rejected: `node flooder.ts URL TOKEN CONNECTIONS`. Each
 * connection sends again as soon as it is answered. Runs until SIGTERM, then prints the number of answers by status as
 * JSON.
 */
import { leanConnection } from './http-lean.ts'

const [url = '', token = '', connections = ''] = process.argv.slice(2)
const body = JSON.stringify({ lines: [{ sku: 'no-such-item', quantity: 1 }] })
const headers = `authorization: Bearer ${token}\r\n`
const answers: Record<string, number> = {}
let isOver = false

process.once('SIGTERM', () => {
  isOver = true
  process.stdout.write(JSON.stringify(answers), () => process.exit(0))
})

const note = (what: string | number) => {
  answers[what] = (answers[what] ?? 0) + 1
}

async function flood(): Promise<void> {
  const connection = await leanConnection(url)
  while (!isOver)
    await connection.post('/orders', headers, body).then(
      ({ status }) => note(status),
      () => note('no answer'),
    )
}

await Promise.all(Array.from({ length: Number(connections) }, () => flood().catch(() => note('no connection'))))
