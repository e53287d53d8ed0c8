/** Reconciles the local stack: `npm run reconcile [-- --json]`. Exit status 1 when an invariant does not hold. */
import { parseArgs } from 'node:util'
import { messageOf } from '@docket/foundation/errors.ts'
import { localSources } from './sources.ts'
import { reconcile } from './audit.ts'
import { report } from './report.ts'

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })
try {
  const result = await reconcile(localSources())
  console.log(values.json ? JSON.stringify(result, undefined, 2) : report(result))
  process.exitCode = result.findings.length === 0 ? 0 : 1
} catch (error) {
  console.error(`reconciliation could not read its sources: ${messageOf(error)}\nis the stack up? ./bin/up-local.sh`)
  process.exitCode = 5
}
