import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import test from 'ava'

// Pages that show how to do something quote code that runs, and link to files that exist.

const root = join(import.meta.dirname, '../..')
const linksIn = (page: string) =>
  [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map(([, link = '']) =>
    resolve(dirname(page), link),
  )
const bare = (text: string) =>
  text
    .split('\n')
    .map(line => line.trim())
    .join('\n')
    .trim()

const pages = globSync('{*,{.github,docs,events,examples,cli,k8s,test,*-service}/**/*}.md', {
  cwd: root,
  exclude: ['**/node_modules'],
})

test('every link of every page leads somewhere', t => {
  t.true(pages.length > 30)
  const broken = pages.flatMap(page =>
    linksIn(join(root, page))
      .filter(link => !existsSync(link))
      .map(link => `${page}: ${link}`),
  )
  t.deepEqual(broken, [])
})

test('what the page about new services quotes stands in the files that it leads to', t => {
  const page = join(root, 'docs/add-a-service.md')
  const sources = linksIn(page)
    .filter(link => statSync(link).isFile())
    .map(link => bare(readFileSync(link, 'utf8')))
  const quotes = [...readFileSync(page, 'utf8').matchAll(/```(?:ts|python)\n(.*?)```/gs)].map(([, code = '']) =>
    bare(code),
  )
  t.is(quotes.length, 4)
  for (const quote of quotes)
    t.true(
      sources.some(source => source.includes(quote)),
      quote,
    )
})

/** Where a row of the glossary ends: with a path, and before it a name in that file if there is one. */
const referenceIn = (row: string) => /(?:`(\w+)` in )?`([\w./-]+)` *\|$/.exec(row)?.slice(1)

test('each term of the glossary is where its row says', t => {
  const page = readFileSync(join(root, 'docs/glossary.md'), 'utf8')
  const rows = page.split('\n').filter(line => line.startsWith('| '))
  const terms = rows.slice(2)
  t.true(terms.length > 30)
  for (const row of terms) {
    const [name, path = 'no path'] = referenceIn(row) ?? []
    t.true(existsSync(join(root, path)), row)
    if (name) t.regex(readFileSync(join(root, path), 'utf8'), new RegExp(`\\b${name}\\b`), row)
  }
})

test("each arrow of README's diagram is one of docs/saga.md", t => {
  const rows = readFileSync(join(root, 'docs/saga.md'), 'utf8').matchAll(/^\| (\w+)-service +\|(.*)\|(.*)\|$/gm)
  const flows = new Map(
    [...rows].map(([, service = '', consumes = '', publishes = '']) => [service, { consumes, publishes }]),
  )
  const arrows = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^ +(\w+) -->\|([\w.]+)\| (\w+)/gm)]
  t.is(arrows.length, 6)
  for (const [arrow, from = '', event, to = ''] of arrows) {
    t.true(flows.get(from)?.publishes.includes(`\`${event}\``), arrow)
    t.true(flows.get(to)?.consumes.includes(`\`${event}\``), arrow)
  }
})
