import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import { until } from '@docket/test/support/until.ts'

function aDrill(t: ExecutionContext, then: string) {
  const service = spawn('sleep', ['60'])
  const program = `import { standStill } from ${JSON.stringify(new URL('stand-still.ts', import.meta.url).href)}
    const standing = standStill(${service.pid})
    ${then}`
  const drill = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  for (const child of [service, drill] satisfies ChildProcess[]) t.teardown(() => child.kill('SIGKILL'))
  const state = () => /\) (\w) /.exec(readFileSync(`/proc/${service.pid}/stat`, 'utf8'))?.[1]
  return {
    drill,
    standsStill: () => until('it stands still', async () => state() === 'T'),
    goesOn: () => until('it goes on', async () => state() === 'S'),
  }
}

test('a service that stands still goes on when its drill says so', async t => {
  const { drill, standsStill, goesOn } = aDrill(t, "process.stdin.once('data', () => standing.end())")
  await standsStill()
  drill.stdin?.write('go on')
  await goesOn()
  t.pass()
})

test('a service that stands still goes on when its drill is killed', async t => {
  const { drill, standsStill, goesOn } = aDrill(t, 'process.stdin.resume()')
  await standsStill()
  drill.kill('SIGKILL')
  await once(drill, 'close')
  await goesOn()
  t.pass()
})
