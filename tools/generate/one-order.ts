/**
 * Updates the line numbers in the links of docs/one-order.md; with --check it only compares. `npm run generate` runs
 * it.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@docket/addresses/addresses.ts'
import { generated } from './generated-file.ts'
import { withLines } from './line-links.ts'

const page = 'docs/one-order.md'

await generated(
  page,
  withLines(readFileSync(join(root, page), 'utf8'), link => readFileSync(join(root, 'docs', link), 'utf8')),
  'the linked code says',
)
