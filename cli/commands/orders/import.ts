import { Command } from 'commander'
import { importFile } from '../../bulk/import.ts'
import { withImportOptions, type ImportOptions } from '../../bulk/options.ts'
import { orderColumns, orderRow } from '../../bulk/shapes.ts'
import type { About, Make } from '../../command.ts'
import { renderResult } from '../../render/bulk.ts'
import type { Order } from '../../client/shapes.ts'
import { resultShape } from '../../bulk/results.ts'

export const about: About = {
  summary: 'Create the orders of a CSV, JSON or JSONL file',
  changesThings: true,
  prints: [resultShape],
  samples: [{ args: 'HOME/orders.csv', files: { 'orders.csv': 'sku,quantity\nSKU,1\nSKU,2\n' }, callers: 'buyers' }],
}

export const command: Make = ready =>
  withImportOptions(new Command('import'))
    .description('Create the orders of a file: all are checked before the first is sent, and none is created twice')
    .addHelpText(
      'after',
      `
Columns of CSV: sku and quantity, or lines (mug=2 plate=1); if wanted payment_token, shipping_address (JSON) and id. The first line
names them; commas, semicolons or tabs stand between the values; UTF-8, or UTF-16 as "Unicode text" of Excel.
Fields of JSONL and JSON: lines [{sku, quantity}], or sku and quantity; if wanted paymentToken, shippingAddress and id.

Examples:
  $ mgmt orders import orders.csv
  $ mgmt orders import orders.jsonl --concurrency 16 -o jsonl > results.jsonl
  $ printf 'lines,payment_token\\nmug=2 plate=1,tok_ok\\n' | mgmt orders import -

The result of each row is appended to FILE.results.jsonl; an interrupted run resumes from there. A row is known by its id, or by what
it says and which occurrence of that in the file it is: its idempotency key is made of the import id and that, so that sending it again
creates no second order, and two rows that are the same are two orders (--unique refuses them). A file that was mended goes on with
--import-id ID: new rows are created, those that are in are left, those that have gone are named.
Exit status: 0 all are in, 1 some failed, 2 rows are wrong and nothing was sent, 5 a service is unavailable.`,
    )
    .action(async (file: string, options: ImportOptions) => {
      const mgmt = await ready()
      await importFile(mgmt, file, options, {
        columns: orderColumns,
        check: orderRow,
        render: renderResult,
        send: async (body, key) =>
          (await mgmt.api.send<Order>('order', 'POST', '/orders', body, { idempotencyKey: key, ownTrace: true })).id,
      })
    })
