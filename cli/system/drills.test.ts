import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { anOrder } from '@docket/test/support/mgmt-formats.ts'
import { json, loggedIn, main } from '@docket/test/support/mgmt-process.ts'
import { until } from '@docket/test/support/until.ts'

test('a service that stands still goes on when its drill is killed', async t => {
  const service = spawn('sleep', ['60'])
  t.teardown(() => service.kill('SIGKILL'))
  const state = () => /\) (\w) /.exec(readFileSync(`/proc/${service.pid}/stat`, 'utf8'))?.[1]
  const setup = await loggedIn(t, (req, res) =>
    json(res, req.method === 'POST' ? 201 : 200, { ...anOrder, status: 'accepted', timeline: [] }),
  )
  mkdirSync(join(setup.home, 'run'))
  writeFileSync(join(setup.home, 'run/shipping-service.json'), JSON.stringify({ child: { pid: service.pid } }))
  const drill = spawn(process.execPath, [main, 'drill', 'slow-service'], {
    env: { PATH: process.env.PATH, ...setup.env, LOCAL_DIR: setup.home },
    stdio: 'ignore',
  })
  await until('it stands still', async () => state() === 'T')
  drill.kill('SIGKILL')
  await once(drill, 'close')
  await until('it goes on', async () => state() === 'S')
  t.pass()
})
