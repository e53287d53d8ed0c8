import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { root } from '@docket/addresses/addresses.ts'
import { catalogue } from './catalogue.ts'
import { planted } from './mutant.ts'

function hasTitle(text: string, title: string): boolean {
  if (text.includes(title)) return true
  const templates = [...text.matchAll(/`([^`\n]+)`/g)].map(([, template = '']) =>
    template
      .split(/\$\{[^}]*\}/)
      .map(RegExp.escape)
      .join('.*'),
  )
  return templates.some(template => /\w{3}/.test(template) && new RegExp(`^${template}$`).test(title))
}

for (const mutant of catalogue) {
  test(`the bug ${mutant.name} can be planted, and its test exists`, t => {
    t.notThrows(() => planted(readFileSync(join(root, mutant.file), 'utf8'), mutant))
    t.true(existsSync(join(root, mutant.test)), mutant.test)
    if (mutant.match) t.true(hasTitle(readFileSync(join(root, mutant.test), 'utf8'), mutant.match), mutant.match)
  })
}

test('every bug has a name of its own', t => t.is(new Set(catalogue.map(({ name }) => name)).size, catalogue.length))
