import test from 'ava'
import { connection, usualLimits } from './mysql-connection.ts'

// By default, mysql2 accepts a certificate of any host, so its options are asserted here.

for (const [mode, ssl] of [
  ['', undefined],
  ['?sslmode=disable', undefined],
  ['?sslmode=require', { rejectUnauthorized: false, verifyIdentity: false }],
  ['?sslmode=verify-full', { rejectUnauthorized: true, verifyIdentity: true }],
] as const)
  test(`the certificate of the database is looked at as its URL says: ${mode || 'nothing'}`, t => {
    const { uri, ssl: given } = connection(`mysql://users:secret@db.example/users${mode}`, usualLimits)
    t.is(uri, 'mysql://users:secret@db.example/users')
    t.deepEqual(given, ssl)
  })
