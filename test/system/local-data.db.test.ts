import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { addresses } from '@docket/addresses/addresses.ts'
import { databases } from '@docket/addresses/environment.ts'
import { secrets } from '@docket/addresses/secrets.ts'
import { query } from '@docket/reconciliation/query.ts'

const { dir, postgres } = addresses()
const { roles } = secrets(dir)
const names = Object.values(databases)

const connect = (login: keyof typeof roles, database: string) =>
  query(`postgres://${login}:${roles[login]}@${postgres.host}:${postgres.port}/${database}`, 'SELECT 1')

for (const login of names)
  test(`the login of ${login} connects to its own database, and to that of no other service`, async t => {
    await connect(login, login)
    for (const other of names.filter(name => name !== login))
      await t.throwsAsync(connect(login, other), { message: /permission denied for database/ }, other)
  })

test('what a stack keeps is for its owner only', t => {
  t.is(statSync(dir).mode & 0o066, 0, 'nobody else lists it')
  for (const folder of ['kafka', 'mariadb', 'postgres', 'logs', 'run'].map(name => join(dir, name)))
    if (existsSync(folder)) t.is(statSync(folder).mode & 0o077, 0, folder) // with --docker, data is in its volumes
  for (const file of ['secrets.json', 'operator-password', 'jwt-signing-key.pem'])
    t.is(statSync(join(dir, file)).mode & 0o077, 0, file)
})
