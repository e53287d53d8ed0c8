import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cpuOf } from '../cost.ts'
import { hundredOrdersOfPlainSql, plainSqlCpuMs } from '../measures/plain-sql.ts'
import { measuredCapacity, warmUp } from '../measures/saturation.ts'
import { say } from '../say.ts'
import { inShop } from '../shop.ts'
import { thisRun } from '../this-run.ts'
import { ratioOf, verdictOn, type Committed, type GuardFigures, type Verdict } from './verdict.ts'

export interface GuardFound extends GuardFigures {
  ratio: number
  verdict: Verdict
}

const file = join(import.meta.dirname, 'committed.json')
const plainSql = { repeats: 2, seconds: 6 }
const warmUpSeconds = 45
const stack = { repeats: 2, seconds: 10 }

/**
 * Holds what an order costs against the committed ratio; `write` makes this run's the committed one, when it counts. On
 * servers that run already. Without a reconciliation, for which there is no time.
 */
export async function checkGuard({ write }: { write: boolean }): Promise<GuardFound> {
  const figures = await measure()
  const ratio = ratioOf(figures)
  const verdict = verdictOn(figures, readCommitted())
  if (!write) return { ...figures, ratio, verdict }
  if (verdict.counts) writeFileSync(file, `${JSON.stringify({ ...thisRun(), ratio, ...figures }, undefined, 2)}\n`)
  const line = `${verdict.line}; ${verdict.counts ? 'this is now the committed ratio' : 'it was not written'}`
  return { ...figures, ratio, verdict: { ...verdict, line, isFailure: !verdict.counts } }
}

const readCommitted = () => (existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Committed) : undefined) // as it was written above

async function measure(): Promise<GuardFigures> {
  say('plain SQL, a hundred orders a transaction')
  const limit = await hundredOrdersOfPlainSql(plainSql, say)
  const { perOrder, others } = await inShop({}, async shop => {
    say(`warming up for ${warmUpSeconds} s`)
    await warmUp(shop, warmUpSeconds)
    say('saturation')
    return measuredCapacity(shop, stack.repeats, stack.seconds)
  })
  return {
    stackMs: cpuOf(perOrder),
    plainSqlMs: plainSqlCpuMs(limit),
    others: others === undefined || limit.others === undefined ? undefined : Math.max(others, limit.others),
  }
}
