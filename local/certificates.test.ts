import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer } from 'node:tls'
import type { AddressInfo } from 'node:net'
import test from 'ava'
import { certificateAuthority } from './certificates.ts'

test('a server with a certificate of the authority is believed by its names and addresses only', async t => {
  const authority = certificateAuthority('tests')
  t.true(new X509Certificate(authority.certificate).ca)
  const { certificate: cert, key } = authority.issue(['localhost', 'db.example', '127.0.0.1'])
  t.is(new X509Certificate(cert).subjectAltName, 'DNS:localhost, DNS:db.example, IP Address:127.0.0.1')
  const server = createServer({ cert, key }, socket => socket.end()).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const reach = (ca: string, servername: string) =>
    once(connect({ host: '127.0.0.1', port, ca, servername }), 'secureConnect')
  await reach(authority.certificate, 'db.example')
  await t.throwsAsync(reach(authority.certificate, 'other.example'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
  await t.throwsAsync(reach(certificateAuthority('tests').certificate, 'db.example'))
})
