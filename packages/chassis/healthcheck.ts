/**
 * The health command of an image: exits with 0 when the service in this container is
 * alive.
 */
import { http } from './http/node-http.ts'

const limitMs = 4_000

http
  .get({ port: Number(process.env.PORT), path: '/livez', timeout: limitMs }, answer => {
    process.exitCode = answer.statusCode === 200 ? 0 : 1
    answer.resume()
  })
  .once('timeout', () => process.exit(1))
  .once('error', () => process.exit(1))
