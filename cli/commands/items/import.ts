import { Command } from 'commander'
import { importFile, type ImportOptions } from '../../bulk/import.ts'
import { withImportOptions } from '../../bulk/options.ts'
import { itemRow } from '../../bulk/shapes.ts'
import { Failure } from '../../failure.ts'
import type { Make, Mgmt } from '../../mgmt.ts'
import { renderResult } from '../../render/bulk.ts'
import type { Item } from '../../client/shapes.ts'

interface Options extends ImportOptions {
  update?: boolean
}

export const importItems: Make = ready =>
  withImportOptions(new Command('import'))
    .description('Create the items of a file: all are checked before the first is sent')
    .option(
      '--update',
      'give items that are there already the name and the price of the file; their stock is left alone',
    )
    .addHelpText(
      'after',
      `
Columns of CSV: sku, name, price (4.50), currency, quantity. In JSONL unitPrice (450) may replace price.

Examples:
  $ mgmt items import items.csv
  $ mgmt items import prices.csv --update
  $ printf 'sku,name,price,currency,quantity\\nmug,Mug,4.50,EUR,100\\n' | mgmt items import -

What became of each row is added to FILE.results.jsonl; a run that was cut off goes on from there.
Exit status: 0 all are in, 1 some failed, 2 rows are wrong and nothing was sent, 5 a service is unavailable.`,
    )
    .action(async (file: string, options: Options) => {
      const mgmt = await ready()
      await importFile(mgmt, file, options, {
        noun: 'item',
        check: itemRow,
        render: renderResult,
        send: (body, key) => createOrUpdate(mgmt, body, key, options.update === true),
      })
    })

async function createOrUpdate(
  mgmt: Mgmt,
  body: Record<string, unknown>,
  key: string,
  mayUpdate: boolean,
): Promise<string> {
  try {
    return (await mgmt.api.send<Item>('inventory', 'POST', '/items', body, { idempotencyKey: key, ownTrace: true })).sku
  } catch (error) {
    if (!mayUpdate || !(error instanceof Failure) || error.code !== 'sku_taken') throw error
    const { sku, name, unitPrice } = body
    return (
      await mgmt.api.send<Item>(
        'inventory',
        'PATCH',
        `/items/${encodeURIComponent(String(sku))}`,
        { name, unitPrice },
        { ownTrace: true },
      )
    ).sku
  }
}
