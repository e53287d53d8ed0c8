/** Runs all checks in parallel, so that they take seconds, and shows what failed: `npm run check`. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'

const checks = [
  'check:types',
  'check:lint',
  'check:arrows',
  'check:format',
  'check:dead',
  'check:generated',
  'check:events',
  'check:forgotten',
  'check:schema',
  'check:documents',
  'check:alerts',
  'k8s:check',
]

async function run(name: string): Promise<boolean> {
  const started = performance.now()
  const child = spawn('npm', ['run', '--silent', name], { stdio: ['ignore', 'pipe', 'pipe'] })
  const output: Buffer[] = []
  child.stdout.on('data', chunk => output.push(chunk))
  child.stderr.on('data', chunk => output.push(chunk))
  const [code] = (await once(child, 'close')) as [number | null]
  console.log(
    `${code === 0 ? 'ok  ' : 'FAIL'} ${name.padEnd(16)} ${((performance.now() - started) / 1000).toFixed(1)} s`,
  )
  const text = Buffer.concat(output).toString()
  if (code !== 0) console.log(text)
  else for (const [line] of text.matchAll(/^not checked: .*$/gm)) console.log(`     ${line}`)
  return code === 0
}

const results = await Promise.all(checks.map(run))
process.exitCode = results.every(Boolean) ? 0 : 1
