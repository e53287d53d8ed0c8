import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from '@docket/addresses/addresses.ts'
import { formatMarkdown } from './markdown.ts'

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

export async function generatedSection(page: string, source: string, content: string): Promise<void> {
  const text = await readFile(join(root, page), 'utf8')
  const begin = `<!-- Generated from ${source} by \`npm run generate\`. Do not edit. -->\n`
  const end = '<!-- End of the generated part. -->'
  const [from, to] = [text.indexOf(begin), text.indexOf(end, text.indexOf(begin))]
  if (from < 0 || to < 0) throw new Error(`${page} has no section that is generated from ${source}`)
  await generated(page, `${text.slice(0, from)}${begin}\n${content}\n\n${text.slice(to)}`, `${source} says`)
}
