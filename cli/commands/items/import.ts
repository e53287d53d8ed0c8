import { Command } from 'commander'
import { importFile } from '../../bulk/import.ts'
import { withImportOptions, type ImportOptions } from '../../bulk/options.ts'
import { itemColumns, itemRow } from '../../bulk/shapes.ts'
import { Failure } from '../../failure.ts'
import type { About, Make } from '../../command.ts'
import type { Mgmt } from '../../mgmt.ts'
import { renderResult } from '../../render/bulk.ts'
import type { PostItems } from '../../client/generated/requests.ts'
import type { Item } from '../../client/shapes.ts'
import { resultShape } from '../../bulk/results.ts'

interface Options extends ImportOptions {
  update?: boolean
}

export const about: About = {
  summary: 'Create the items of a CSV, JSON or JSONL file',
  changesThings: true,
  prints: [resultShape],
  samples: [
    {
      args: 'HOME/items.csv',
      files: { 'items.csv': 'sku,name,price,currency,quantity\nFRESH,Mug,4.50,EUR,1\n' },
      callers: 'operators',
    },
  ],
}

export const command: Make = ready =>
  withImportOptions(new Command('import'))
    .description('Create the items of a file: all are checked before the first is sent')
    .option('--update', 'update name and price of existing items from the file; their stock stays unchanged')
    .addHelpText(
      'after',
      `
Columns of CSV: sku, name, price (4.50), currency, quantity, and if wanted id. The first line names them; commas, semicolons or tabs
stand between the values; UTF-8, or UTF-16 as "Unicode text" of Excel. unitPrice (450) may replace price, and available quantity: what
mgmt items list -o csv has written can be imported.

Examples:
  $ mgmt items import items.csv
  $ mgmt items import prices.csv --update
  $ printf 'sku,name,price,currency,quantity\\nmug,Mug,4.50,EUR,100\\n' | mgmt items import -

The result of each row is appended to FILE.results.jsonl; an interrupted run resumes from there.
A row is identified by its id, or by its content: see mgmt orders import --help.
Exit status: 0 all are in, 1 some failed, 2 rows are wrong and nothing was sent, 5 a service is unavailable.`,
    )
    .action(async (file: string, options: Options) => {
      const mgmt = await ready()
      await importFile(mgmt, file, options, {
        columns: itemColumns,
        check: itemRow,
        render: renderResult,
        send: (body, key) => createOrUpdate(mgmt, body, key, options.update === true),
      })
    })

async function createOrUpdate(mgmt: Mgmt, body: PostItems, key: string, mayUpdate: boolean): Promise<string> {
  try {
    return (await mgmt.api.send<Item>('inventory', 'POST', '/items', body, { idempotencyKey: key, ownTrace: true })).sku
  } catch (error) {
    if (!mayUpdate || !(error instanceof Failure) || error.code !== 'sku_taken') throw error
    const { sku, name, unitPrice } = body
    return (
      await mgmt.api.send<Item>(
        'inventory',
        'PATCH',
        `/items/${encodeURIComponent(sku)}`,
        { name, unitPrice },
        { ownTrace: true },
      )
    ).sku
  }
}
