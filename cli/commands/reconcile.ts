import { Command } from 'commander'
import type { Reconciliation } from '@docket/reconciliation/audit.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import { exit, Failure } from '../failure.ts'
import { waitingFor } from '../waiting.ts'
import { kafkaOf } from '../client/topics.ts'
import { parseTime } from '../input/times.ts'
import type { About, Make } from '../command.ts'
import type { Mgmt } from '../mgmt.ts'
import { wrapped } from '../render/table.ts'

export interface InvariantResult {
  invariant: string
  statement: string
  /** Also false if it was not checked, so that a script cannot mistake that for success. */
  ok: boolean
  notChecked?: string
  findings: { about: string; text: string }[]
}

interface Result extends Pick<Reconciliation, 'counts' | 'seconds'> {
  reconciled: boolean
  invariants: InvariantResult[]
}

export const about: About = {
  summary: 'Check every invariant over databases, topics and ledger',
  prints: {
    reconciled: 'boolean',
    invariants: [
      {
        invariant: 'string',
        statement: 'string',
        ok: 'boolean',
        findings: [{ about: 'string', text: 'string' }],
        'notChecked?': 'string',
      },
    ],
    counts: {
      orders: 'integer',
      underWay: 'integer',
      events: 'integer',
      deadLetters: 'integer',
      items: 'integer',
      payments: 'integer',
    },
    seconds: 'number',
  },
  samples: [{ needs: 'stack', callers: 'everybody' }],
}

export const command: Make = ready =>
  new Command('reconcile')
    .description("Check every invariant: compare the databases, the topics and the payment provider's ledger")
    .option('--since <time>', 'only orders that have changed since: 1h, or 2026-01-31T12:00 (local)')
    .addHelpText(
      'after',
      `
Examples:
  $ mgmt reconcile
  $ mgmt reconcile -o json
  $ mgmt reconcile --since 2h                  each hour, on many orders

It reads the databases of the local stack, or those that MGMT_ORDERS_DATABASE_URL, MGMT_INVENTORY_DATABASE_URL,
MGMT_PAYMENTS_DATABASE_URL and MGMT_SHIPPING_DATABASE_URL name, and writes nothing. Orders that are under way are left
out. With --since it reads orders and payments that have changed since then, or are not at an end, and the events since
then; stock is read whole. With a payment provider of its own, MGMT_PAYMENT_PROVIDER names the address where its charges are
listed; without it I4 and L3 are not checked for what it charged. Exit status: 0 every invariant holds, 1 one does not, 5 a database or Kafka cannot be reached.`,
    )
    .action(async (options: { since?: string }) => {
      const mgmt = await ready()
      const since =
        options.since === undefined ? undefined : parseTime(options.since, '--since', { utc: mgmt.options.utc })
      const { result, report } = await reconciliationOf(mgmt, since)
      await mgmt.print(result, (_, { width }) => fitted(report, width))
      if (!result.reconciled) mgmt.exitWith(exit.failed)
    })

const fitted = (text: string, width: number) =>
  text
    .split('\n')
    .flatMap(line => wrapped(line, width))
    .join('\n')

/** The packages for reconciliation are loaded only here, because no other command needs them. */
export async function reconciliationOf(mgmt: Mgmt, since?: Date): Promise<{ result: Result; report: string }> {
  const [{ sourcesFrom }, { reconcile: run }, { invariants }, { report }] = await Promise.all([
    import('@docket/reconciliation/sources.ts'),
    import('@docket/reconciliation/audit.ts'),
    import('@docket/reconciliation/snapshot.ts'),
    import('@docket/reconciliation/report.ts'),
  ])
  const found = await waitingFor(`the databases and the topics${since ? '' : ', which are read whole'}`, () =>
    run(sourcesFrom(process.env, kafkaOf(mgmt)), { since }),
  ).catch((error: unknown) => {
    throw new Failure(`Reconciliation could not read its sources: ${messageOf(error)}`, {
      status: exit.unreachable,
      code: 'sources_unreachable',
      cause: error,
      next: 'mgmt doctor; the databases are named by MGMT_…_DATABASE_URL, see mgmt help environment',
    })
  })
  const resultOf = ([invariant, statement]: [string, string]): InvariantResult => {
    const findings = found.findings
      .filter(one => one.invariant === invariant)
      .map(({ about, text }) => ({ about, text }))
    const notChecked = found.unchecked[invariant as keyof typeof invariants]
    return {
      invariant,
      statement,
      ok: findings.length === 0 && notChecked === undefined,
      ...(notChecked !== undefined && { notChecked }),
      findings,
    }
  }
  return {
    report: report(found),
    result: {
      reconciled: found.findings.length === 0,
      invariants: Object.entries(invariants).map(resultOf),
      counts: found.counts,
      seconds: found.seconds,
    },
  }
}
