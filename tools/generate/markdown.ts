import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from '@docket/addresses/addresses.ts'
import { format, type Options } from 'prettier'

export async function formatMarkdown(text: string): Promise<string> {
  const settings = JSON.parse(await readFile(join(root, '.prettierrc.json'), 'utf8')) as Options
  return format(text, { ...settings, parser: 'markdown', proseWrap: 'always' })
}
