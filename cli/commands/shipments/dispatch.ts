import { randomUUID } from 'node:crypto'
import { Command } from 'commander'
import { importFile } from '../../bulk/import.ts'
import { withImportFlags, type ImportOptions } from '../../bulk/options.ts'
import { resultShape } from '../../bulk/results.ts'
import { scanColumns, scanRow } from '../../bulk/shapes.ts'
import { sendOnce } from '../../client/once.ts'
import type { PostShipmentsByIdDispatch } from '../../client/generated/requests.ts'
import { shipmentShape, type Shipment } from '../../client/shapes.ts'
import type { About, Make } from '../../command.ts'
import { usage } from '../../failure.ts'
import { line, type Line } from '../../input/lines.ts'
import { renderResult } from '../../render/bulk.ts'
import { renderShipment } from '../../render/shipment.ts'
import { either } from '../../shape.ts'

interface Options extends ImportOptions {
  line?: Line[]
  carrier?: string
  tracking?: string
  file?: string
  idempotencyKey?: string
}

export const about: About = {
  summary: 'Hand open shipments to a carrier',
  changesThings: true,
  prints: either(shipmentShape, [resultShape]),
  samples: [{ args: 'ORDER', callers: [4, 4, 4, 1, 4] }],
}

export const command: Make = ready =>
  withImportFlags(
    new Command('dispatch')
      .description('An open shipment leaves, whole or in part: what stays becomes a shipment of its own')
      .argument('[shipment-id]', 'one shipment; or --file for many')
      .option('-l, --line <sku=qty>', 'what leaves, and how many; repeatable. Unless given: all of it', line)
      .option('--carrier <name>', 'who takes it; unless given, the simulated carrier does')
      .option('--tracking <number>', 'its tracking number')
      .option('--idempotency-key <key>', 'do it only once, even if this command is repeated')
      .option('--file <file>', 'a CSV, JSON or JSONL file of scans, or - for stdin'),
  )
    .addHelpText(
      'after',
      `
Columns of CSV: shipment, and if wanted carrier, tracking_number, lines (mug=2 plate=1) and id.

Examples:
  $ mgmt shipments dispatch 01981b2c-7f00-7c32-8e61-4d8f1a2b3c45 --carrier "Harbour Post" --tracking HP4711
  $ mgmt shipments dispatch 01981b2c-7f00-7c32-8e61-4d8f1a2b3c45 --line mug=1
  $ mgmt shipments dispatch --file scans.csv

The result of each scan is appended to FILE.results.jsonl; an interrupted run resumes from there.
Exit status with --file: 0 all have left, 1 some were refused, 2 rows are wrong and nothing was sent, 5 a service is unavailable.`,
    )
    .action(async (id: string | undefined, { line: lines, carrier, tracking, file, ...options }: Options) => {
      if ((id === undefined) === (file === undefined)) throw usage('Give one shipment, or a file with --file.')
      const body = {
        ...(lines && { lines }),
        ...(carrier !== undefined && { carrier }),
        ...(tracking !== undefined && { trackingNumber: tracking }),
      }
      if (file !== undefined && Object.keys(body).length > 0)
        throw usage('With --file, the file says what leaves and with whom.')
      const mgmt = await ready()
      const dispatch = (shipment: string, sent: PostShipmentsByIdDispatch) => ({
        path: `/shipments/${encodeURIComponent(shipment)}/dispatch`,
        body: sent,
      })
      if (file === undefined) {
        const sent = dispatch(String(id), body)
        const key = options.idempotencyKey ?? randomUUID()
        return mgmt.print(
          await sendOnce<Shipment>(mgmt, { service: 'shipping', ...sent, key, unknown: `whether ${id} has left` }),
          renderShipment,
        )
      }
      await importFile(mgmt, file, options, {
        columns: scanColumns,
        check: scanRow,
        render: renderResult,
        async send({ shipment, ...rest }, key) {
          const sent = dispatch(shipment, rest)
          const how = { idempotencyKey: key, ownTrace: true }
          return (await mgmt.api.send<Shipment>('shipping', 'POST', sent.path, sent.body, how)).id
        },
      })
    })
