/** Writes the arrows of production into ARCHITECTURE.md; with --check it only compares. `npm run generate` runs it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@docket/addresses/addresses.ts'
import { picture } from '../check/arrows/picture.ts'
import { production } from '../check/arrows/rooms.ts'
import { generated } from './generated-file.ts'

const page = 'ARCHITECTURE.md'
const section =
  /(<!-- Generated from tools\/check\/arrows\/rooms\.ts.*? -->\n).*?(<!-- End of the generated part\. -->)/s
const text = readFileSync(join(root, page), 'utf8')
if (!section.test(text)) throw new Error(`${page} has no section for the arrows`)

await generated(
  page,
  text.replace(section, (_, begin: string, end: string) => `${begin}\n${indented(picture(production))}\n\n${end}`),
  'tools/check/arrows/rooms.ts says',
)

function indented(lines: string): string {
  return lines.replaceAll(/^/gm, '    ')
}
