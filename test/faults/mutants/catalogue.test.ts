import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { root } from '@docket/addresses/addresses.ts'
import { catalogue } from './catalogue.ts'
import { planted } from './mutant.ts'

for (const mutant of catalogue) {
  test(`there is a place for the bug ${mutant.name}, and a test file to notice it`, t => {
    t.notThrows(() => planted(readFileSync(join(root, mutant.file), 'utf8'), mutant))
    t.true(existsSync(join(root, mutant.test)), mutant.test)
  })
}

test('every bug has a name of its own', t => t.is(new Set(catalogue.map(({ name }) => name)).size, catalogue.length))
