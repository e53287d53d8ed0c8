/**
 * Numbers must be consecutive, so this creates the next pair of migrations of a service: `npm run migration SERVICE
 * NAME`.
 */
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { expectServices, root } from '@docket/addresses/addresses.ts'
import { messageOf } from '@docket/foundation/errors.ts'

const usage = 'npm run migration SERVICE NAME, such as: npm run migration order-service gift_notes'
const shape = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/
const longest = 60 // characters: MySQL keeps 100 of a migration's name
const most = 9_999

const beginnings = {
  up: `-- What comes, and why. Only additions, as the release before still runs: tools/check/expand.ts.
`,
  down: `-- Takes away what the other file brings, and nothing else: \`migrate down\` says what is deleted by reading this.
`,
}

/** `0007_gift_notes`, after these files; throws when there can be no such migration. */
export function nextMigration(files: readonly string[], name: string): string {
  if (!shape.test(name))
    throw new Error(
      `${name} is not a valid migration name: lower-case letters, digits and single _, such as gift_notes`,
    )
  if (name.length > longest) throw new Error(`${name} has ${name.length} characters; ${longest} are the limit`)
  const there = files.filter(file => file.endsWith('.up.sql')).map(file => file.slice(0, -'.up.sql'.length))
  const twin = there.find(one => one.slice('0000_'.length) === name)
  if (twin !== undefined) throw new Error(`${twin} has that name already`)
  const number = Math.max(0, ...there.map(one => Number(one.slice(0, 4)))) + 1
  if (number > most) throw new Error(`${most} migrations are the limit`)
  return `${String(number).padStart(4, '0')}_${name}`
}

export async function makeMigration(args: string[], from = root): Promise<string[]> {
  const { positionals } = parseArgs({ args, allowPositionals: true, options: {} })
  const [service, name, ...others] = positionals
  if (service === undefined || name === undefined || others.length > 0) throw new Error(usage)
  expectServices([service], [])
  const folder = `${service}/migrations`
  const next = nextMigration(await readdir(join(from, folder)), name)
  const made = (['up', 'down'] as const).map(way => ({ path: `${folder}/${next}.${way}.sql`, text: beginnings[way] }))
  for (const { path, text } of made) await writeFile(join(from, path), text, { flag: 'wx' }) // fails if it exists
  return made.map(({ path }) => path)
}

if (import.meta.main)
  try {
    const paths = await makeMigration(process.argv.slice(2))
    console.log(`wrote ${paths.join('\nwrote ')}\nfill them, then: ./bin/up-local.sh --servers && npm run schema`)
  } catch (error) {
    console.error(messageOf(error))
    process.exitCode = 2
  }
