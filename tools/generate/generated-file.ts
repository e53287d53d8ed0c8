import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from '@docket/addresses/addresses.ts'
import { formatMarkdown } from './markdown.ts'

/**
 * Writes a file of the repository that is made from something else; with --check it only compares, and ends with 1 when
 * they differ.
 */
export async function generated(path: string, content: string, source: string): Promise<void> {
  const text = path.endsWith('.md') ? await formatMarkdown(content) : content
  const file = join(root, path)
  const current = await readFile(file, 'utf8').catch(() => undefined) // not there yet
  if (current === text) console.log(`${path} is what ${source}`)
  else if (process.argv.includes('--check')) {
    console.error(`${path} is not what ${source}; run: npm run generate`)
    process.exitCode = 1
  } else {
    await writeFile(file, text)
    console.log(`wrote ${path}`)
  }
}
