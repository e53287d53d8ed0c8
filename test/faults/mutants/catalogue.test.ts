import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { root } from '@docket/addresses/addresses.ts'
import { catalogue } from './catalogue.ts'
import { planted } from './mutant.ts'

for (const mutant of catalogue) {
  test(`the bug ${mutant.name} can be planted, and its test file exists`, t => {
    t.notThrows(() => planted(readFileSync(join(root, mutant.file), 'utf8'), mutant))
    t.true(existsSync(join(root, mutant.test)), mutant.test)
  })
}

test('every bug has a name of its own', t => t.is(new Set(catalogue.map(({ name }) => name)).size, catalogue.length))
