import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { rootCertificates } from 'node:tls'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { databaseLocation, databaseUrl } from './database-url.ts'

const names = { url: 'DATABASE_URL', caFile: 'DATABASE_CA_FILE', tls: 'DATABASE_TLS' }
const usual = { caFile: undefined, requiresTls: false }

const folder = mkdtempSync(join(tmpdir(), 'database-url-'))
const [caFile, nothing] = [join(folder, 'ca.pem'), join(folder, 'nothing.pem')] as const
writeFileSync(caFile, rootCertificates[0] ?? '')
writeFileSync(nothing, 'no certificate')
test.after.always(() => rmSync(folder, { recursive: true }))

for (const server of ['postgres://a:secret@db.example/orders', 'mysql://a:secret@db.example/users']) {
  test(`a database is reached as its URL says: ${server}`, t => {
    t.deepEqual(databaseLocation(server), { url: server, tls: undefined })
    t.deepEqual(databaseLocation(`${server}?sslmode=disable`), { url: server, tls: undefined })
    t.deepEqual(databaseLocation(`${server}?sslmode=require`).tls, { verifiesIssuer: false, verifiesHost: false })
    t.deepEqual(databaseLocation(`${server}?sslmode=verify-full`), {
      url: server,
      tls: { verifiesIssuer: true, verifiesHost: true },
    })
    t.like(databaseLocation(`${server}?sslmode=require&sslrootcert=${caFile}`).tls, {
      verifiesIssuer: true,
      verifiesHost: false,
      ca: rootCertificates[0],
    })
    t.is(databaseLocation(`${server}?application_name=x&sslmode=require`).url, `${server}?application_name=x`)
  })

  test(`what a driver would ignore is refused, with the remedy and without the password: ${server}`, t => {
    for (const [query, remedy] of [
      ['sslmode=REQUIRED', 'sslmode=require'],
      ['sslmode=Verify-Full', 'sslmode=verify-full'],
      ['sslmode=prefer', 'sslmode=verify-full'],
      ['sslmode=', 'sslmode=verify-full'],
      ['ssl-mode=REQUIRED', 'sslmode=require'],
      ['ssl=true', 'sslmode=verify-full'],
      ['ssl={"rejectUnauthorized":false}', 'sslmode=verify-full'],
      ['SSLMODE=require', 'sslmode=require'],
      ['tls=true', 'sslmode=verify-full'],
      ['sslmode=require&sslmode=disable', 'twice'],
      [`sslrootcert=${caFile}`, 'sslmode=verify-full'],
      [`sslmode=disable&sslrootcert=${caFile}`, 'sslmode=verify-full'],
      [`sslmode=require&sslrootcert=${nothing}`, 'no file of certificates'],
      ['sslmode=require&sslrootcert=/nowhere', 'no file of certificates'],
    ] as const) {
      const error = t.throws(() => databaseUrl(`${server}?${query}`, usual, names), undefined, query)
      t.regex(error.message, /^DATABASE_URL: /)
      t.true(error.message.includes(remedy), error.message)
      t.false(error.message.includes('secret'))
    }
  })

  test(`a database without TLS is refused where TLS is required: ${server}`, t => {
    const required = { ...usual, requiresTls: true }
    for (const query of ['', '?sslmode=disable'])
      t.throws(() => databaseUrl(server + query, required, names), {
        message: /^DATABASE_URL: DATABASE_TLS=required, and it has no TLS: add \?sslmode=verify-full$/,
      })
    t.is(databaseUrl(`${server}?sslmode=require`, required, names), `${server}?sslmode=require`)
  })

  test(`a file of issuers is a setting of its own: ${server}`, t => {
    const url = databaseUrl(`${server}?sslmode=verify-full`, { ...usual, caFile }, names)
    t.is(databaseLocation(url).tls?.ca, rootCertificates[0])
    t.throws(() => databaseUrl(server, { ...usual, caFile }, names), {
      message: /^DATABASE_CA_FILE: has no effect without TLS/,
    })
    t.throws(() => databaseUrl(`${server}?sslmode=require`, { ...usual, caFile: nothing }, names), {
      message: /^DATABASE_CA_FILE: .*nothing\.pem is no file of certificates/,
    })
  })
}

test('mysql2 compares no address with a certificate, so verify-full wants a name', t => {
  for (const host of ['127.0.0.1', '[::1]'])
    t.throws(() => databaseLocation(`mysql://a:b@${host}/users?sslmode=verify-full`), { message: /host name/ })
  t.truthy(databaseLocation('postgres://a:b@127.0.0.1/orders?sslmode=verify-full').tls)
})

test('what is not a URL is not repeated', t => {
  const error = t.throws(() => databaseUrl('postgres://a:secret@a host/orders', usual, names))
  t.is(error.message, 'DATABASE_URL: is not a URL')
})
