/**
 * Derives from the contract in events/ all that is made from it: `npm run generate`. With --check it writes nothing, and
 * fails if a file is not what it would write: `npm run check:generated`.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { asyncApi } from './generate/asyncapi.ts'
import { readContract } from './generate/contract.ts'
import { eventsPage } from './generate/page.ts'
import { typesModule } from './generate/types.ts'
import { validatorsModule, validatorTypes } from './generate/validators.ts'

const root = new URL('../', import.meta.url)
const contract = await readContract(new URL('events/', root))

const files: Record<string, string> = {
  'kafka/generated/contract.ts': await typesModule(contract),
  'kafka/generated/validators.js': validatorsModule(contract),
  'kafka/generated/validators.d.ts': validatorTypes,
  'events/asyncapi.json': asyncApi(contract),
  'docs/events.md': eventsPage(contract),
}

const stale: string[] = []
for (const [name, text] of Object.entries(files)) {
  const file = fileURLToPath(new URL(name, root))
  const current = await readFile(file, 'utf8').catch(() => undefined) // not there yet: stale
  if (current === text) continue
  stale.push(name)
  if (process.argv.includes('--check')) continue
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
}

if (stale.length === 0) console.log(`${Object.keys(files).length} files are what the contract says`)
else if (!process.argv.includes('--check')) console.log(`wrote ${stale.join(', ')}`)
else {
  console.error(`not what events/ says: ${stale.join(', ')}\nrun: npm run generate`)
  process.exitCode = 1
}
