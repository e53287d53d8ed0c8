/** Deletes the namespace with everything in it: see bin/teardown-k8s-local.sh. */
import { createInterface } from 'node:readline/promises'
import { messageOf } from '@docket/foundation/errors.ts'
import { expectCluster, kubectl, namespace, tryKubectl } from './cluster.ts'

async function mayDelete(context: string): Promise<boolean> {
  if (process.argv.includes('--yes')) return true
  if (!process.stdin.isTTY)
    throw new Error('there is no terminal to ask for confirmation: --yes deletes without asking')
  const ask = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await ask.question(
    `Delete the namespace ${namespace} of ${context}, with all its orders and its data? [y/N] `,
  )
  ask.close()
  return /^y(es)?$/i.test(answer.trim())
}

try {
  const context = await expectCluster()
  if ((await tryKubectl(['get', 'namespace', namespace])).status !== 0)
    console.log(`there is no namespace ${namespace} in ${context}`)
  else if (await mayDelete(context)) {
    await kubectl(['delete', 'namespace', namespace, '--timeout=180s'])
    console.log(`the namespace ${namespace} is deleted, and its data with it`)
  } else {
    console.log('nothing was deleted')
    process.exitCode = 1
  }
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}
