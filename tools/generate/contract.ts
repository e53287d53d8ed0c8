/**
 * Derives from the contract in events/ all that is made from it: `npm run generate`. With --check it writes nothing,
 * and fails if a file is not what it would write: `npm run check:generated`.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pathToFileURL, fileURLToPath } from 'node:url'
import { root as folder } from '@docket/addresses/addresses.ts'
import { asyncApi } from './contract/asyncapi.ts'
import { readContract, readShared } from './contract/read.ts'
import { gapsIn } from './contract/gaps.ts'
import { eventsPage } from './contract/page.ts'
import { sensitivityModule } from './contract/sensitivity.ts'
import { sharedModule, typesModule } from './contract/types.ts'
import { formatMarkdown } from './markdown.ts'
import { validatorsModule, validatorTypes } from './contract/validators.ts'

const root = pathToFileURL(folder)
const contract = await readContract(new URL('events/', root))

const gaps = gapsIn(contract)
if (gaps.length > 0) {
  console.error(`nothing is made from a contract with gaps:\n${gaps.join('\n')}`)
  process.exit(1)
}

const files: Record<string, string> = {
  'packages/contract/generated/contract.ts': await typesModule(contract),
  'packages/contract/generated/shared.ts': sharedModule(await readShared(new URL('events/', root))),
  'packages/contract/generated/sensitivity.ts': sensitivityModule(contract),
  'packages/contract/generated/validators.js': validatorsModule(contract),
  'packages/contract/generated/validators.d.ts': validatorTypes,
  'events/asyncapi.json': asyncApi(contract),
  'docs/events.md': await formatMarkdown(eventsPage(contract)),
}

const stale: string[] = []
for (const [name, text] of Object.entries(files)) {
  const file = fileURLToPath(new URL(name, root))
  const current = await readFile(file, 'utf8').catch(() => undefined) // missing, so it is stale
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
