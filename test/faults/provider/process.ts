import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { root, type Addresses } from '@docket/addresses/addresses.ts'
import { signIn } from '@docket/local/processes.ts'
import { behave, type Behaviour } from './behaviour.ts'

export interface ProviderProcess {
  url: string
  ledgerFile: string
  behave(behaviour: Behaviour): Promise<void>
  process(): ChildProcess
  start(): Promise<void>
  kill(signal?: NodeJS.Signals): Promise<void>
}

export async function startProvider(at: Addresses): Promise<ProviderProcess> {
  const { host, port } = at.provider
  const url = `http://${host}:${port}`
  const ledgerFile = join(at.dir, 'provider', 'ledger.jsonl')
  let child: ChildProcess
  const start = async () => {
    const fresh = spawn(process.execPath, [join(root, 'test/faults/provider/main.ts'), String(port), ledgerFile], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    if (fresh.pid) signIn(at.dir, 'provider', fresh.pid) // so that it is stopped with the servers
    child = fresh
    await Promise.race([
      once(fresh.stdout, 'data'),
      once(fresh, 'exit').then(() => {
        throw new Error(`the provider could not start at ${url}`)
      }),
    ])
  }
  await start()
  return {
    url,
    ledgerFile,
    start,
    process: () => child,
    behave: behaviour => behave(url, behaviour),
    async kill(signal = 'SIGKILL') {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill(signal)
      await gone
    },
  }
}
