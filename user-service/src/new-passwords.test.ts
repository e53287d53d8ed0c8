import test from 'ava'
import { problemWith } from './new-passwords.ts'

for (const password of ['password1', 'Password123', 'QWERTYUIOP', 'ｐassword1', 'passw0rd'])
  test(`a common password is refused: ${password}`, async t => {
    t.is(await problemWith('ada', password), 'is one of the most common passwords')
  })

for (const password of ['correct horse', 'password","iloveyou', '","a","b","', 'with \\ and " inside'])
  test(`one that nobody else has is not: ${password}`, async t => t.is(await problemWith('ada', password), undefined))

test('the rules for all passwords hold too', async t => {
  t.is(await problemWith('ada.lovelace', 'Ada.Lovelace'), 'must not be the username')
})
