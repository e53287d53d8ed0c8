import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { EventType } from '@docket/contract/event.ts'
import test from 'ava'
import { handledBy } from '../generate/consumers.ts'
import { readContract } from '../generate/contract/read.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
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

const quotedIn = (page: string) =>
  [
    ...read(page)
      .replaceAll(/^```.*?^```/gms, '')
      .matchAll(/`([^`\n]+)`/g),
  ].map(([, text = '']) => text)

const guides = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md']

test('every script and program that a page tells to run is there', t => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  for (const page of pages) {
    for (const [, name = ''] of read(page).matchAll(/\bnpm run (?:--silent )?([a-z][\w:-]*)/g))
      t.true(Object.hasOwn(scripts, name), `${page}: npm run ${name}`)
    // returns-service is the one that docs/add-a-service.md adds
    for (const [, file = ''] of read(page).matchAll(/(?:^|[\s`])\.\/(?!returns-)((?:[a-z-]+\/)*bin\/[\w.-]+)/g))
      t.true(existsSync(join(root, file)), `${page}: ./${file}`)
  }
})

test('every option that CONTRIBUTING gives to a script of ours is one of it', t => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const programOf = (script: string) =>
    (script === './bin/test.sh' ? 'test/run.ts' : scripts[script]?.split(' ').at(-1)) ?? ''
  const calls = [
    ...read('CONTRIBUTING.md').matchAll(/(?:npm run ([\w:]+) -- |(\.\/bin\/test\.sh) )((?: ?-*[\w/.-]+)+)/g),
  ]
  const given = calls.flatMap(([, name, shell = '', words = '']) =>
    [...words.matchAll(/(?<![\w-])--([a-z][a-z-]*)/g)].map(([, option = '']) => ({
      program: programOf(name ?? shell),
      option,
    })),
  )
  t.true(given.length > 8)
  for (const { program, option } of given)
    t.regex(read(program), new RegExp(`^ +'?${option}'?: \\{`, 'm'), `--${option} of ${program}`)
})

const isPath = (text: string) => /^(?:[\w<>*.-]+\/)+[\w<>*.{},-]*$|^[\w<>*-]+\.[a-z]+\.ts$|^\d{4}$/.test(text)
const patternsOf = (path: string) => {
  const glob = path.replaceAll(/<\w+>/g, '*').replace(/^(\d{4})$/, 'docs/decisions/$1')
  return /\d{4}$/.test(glob) ? [`${glob}-*.md`] : [glob, `{*-service,*-service/src,k8s}/${glob}`]
}

for (const page of guides)
  test(`every file that ${page} names is there`, t => {
    const missing = quotedIn(page)
      .filter(isPath)
      .filter(path => globSync(patternsOf(path), { cwd: root, exclude: ['**/node_modules'] }).length === 0)
    t.deepEqual(missing, [])
  })

test('every name of code in ARCHITECTURE and CONTRIBUTING is somewhere in the code', t => {
  const sources = globSync('{*,packages/*}/**/*.{ts,json}', { cwd: root, exclude: ['**/node_modules'] })
  const code = [...sources, '.oxlintrc.json'].map(read).join('\n')
  const names = ['ARCHITECTURE.md', 'CONTRIBUTING.md'].flatMap(quotedIn).flatMap(text => {
    const [, name] = /^(?:\w+\.)?([a-z]+[A-Z]\w*|[A-Z]+_[A-Z_]+|[A-Z][a-z]+[A-Z]\w*|\w+(?=\())/.exec(text) ?? []
    return name === undefined ? [] : [name]
  })
  t.true(names.length > 10)
  t.deepEqual(
    names.filter(name => !new RegExp(`\\b${name}\\b`).test(code)),
    [],
  )
})

const drawnIn = (page: string, heading: string) =>
  new RegExp(`^## ${heading}$.*?((?:^ {4}.*\\n)+)`, 'ms').exec(read(page))?.[1]?.split('\n').filter(Boolean) ?? []

test('ARCHITECTURE draws the folders that there are, and every workspace', t => {
  const drawn: string[] = []
  for (const line of drawnIn('ARCHITECTURE.md', 'The folders')) {
    const [, spaces, name] = /^( +)([\w*-]+)\/ /.exec(line) ?? []
    if (name) drawn.push(spaces?.length === 6 ? `packages/${name}` : name)
  }
  t.deepEqual(
    drawn.filter(name => globSync(name, { cwd: root }).length === 0),
    [],
  )
  const { workspaces } = JSON.parse(read('package.json')) as { workspaces: string[] }
  const folders = globSync(workspaces, { cwd: root }).map(name => name.replace(/^.*-service$/, '*-service'))
  t.deepEqual(
    folders.filter(name => !drawn.includes(name)),
    [],
  )
})

test('the life of an order is as ARCHITECTURE draws it: who publishes what, and who goes on from there', async t => {
  const contract = await readContract(new URL('../../events/', import.meta.url))
  const steps = drawnIn('ARCHITECTURE.md', 'The life of an order').flatMap(line => {
    const [, service, topic, type] = /-> ([a-z]+-service) .* ([a-z]+-events) +(\S+)$/.exec(line) ?? []
    return service ? [{ service, topic, type: type as EventType }] : []
  })
  t.is(steps.length, 7)
  for (const [at, { service, topic, type }] of steps.entries()) {
    const declared = contract.find(one => one.topic === topic)
    t.is(declared?.producer, service, type)
    t.true(
      declared?.events.some(event => event.type === type),
      type,
    )
    const next = steps[at + 1]
    if (next) t.true(handledBy(next.service).includes(type), `${next.service} handles ${type}`)
  }
})

test("ARCHITECTURE's table of rules has what each service handles and publishes", async t => {
  const contract = await readContract(new URL('../../events/', import.meta.url))
  const typesIn = (cell = '') => [...cell.matchAll(/`([a-z]+\.[a-z_]+)`/g)].map(([, type = '']) => type as EventType)
  const rows =
    /^\| service +\| in state .*?\n((?:\|.*\n)+)/ms.exec(read('ARCHITECTURE.md'))?.[1]?.split('\n').slice(1, -1) ?? []
  t.true(rows.length > 15)
  const published = new Set<string>()
  let service = ''
  for (const row of rows) {
    const [name, , on, , publishes] = row
      .split('|')
      .slice(1)
      .map(cell => cell.trim())
    if (name) service = `${name}-service`
    for (const type of typesIn(on)) t.true(handledBy(service).includes(type), `${service} handles ${type}`)
    const own = contract.filter(({ producer }) => producer === service).flatMap(({ events }) => events)
    for (const type of typesIn(publishes)) {
      published.add(type)
      t.true(
        own.some(event => event.type === type),
        `${service} publishes ${type}`,
      )
    }
  }
  const aboutOrders = contract.flatMap(({ events }) =>
    events.filter(({ schema }) => schema.required?.includes('orderId')),
  )
  t.deepEqual(
    aboutOrders.map(({ type }) => type).filter(type => !published.has(type)),
    [],
  )
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
