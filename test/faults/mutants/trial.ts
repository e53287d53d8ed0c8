import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export interface Trial {
  passed: string[]
  failed: string[]
  hung: string[]
  crashed: boolean
  output: string
  seconds: number
}

export interface Tests {
  files: readonly string[]
  match?: string | undefined
  limitSeconds: number
  silenceSeconds: number
}

export async function trial(
  copy: string,
  { files, match, limitSeconds, silenceSeconds }: Tests,
  signal: AbortSignal,
): Promise<Trial> {
  signal.throwIfAborted()
  const began = performance.now()
  const options = [`--timeout=${silenceSeconds}s`, ...(match === undefined ? [] : [`--match=${match}`])]
  const child = spawn(join(copy, 'node_modules/.bin/ava'), [...options, ...files], {
    cwd: copy,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const end = () => {
    if (child.pid) process.kill(-child.pid, 'SIGKILL')
  } // with what the tests have started
  let output = ''
  const timer = setTimeout(() => {
    output += `\n  ◌ (not at its end after ${limitSeconds} s)\n`
    end()
  }, limitSeconds * 1_000)
  signal.addEventListener('abort', end)
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  await once(child, 'close')
  clearTimeout(timer)
  signal.removeEventListener('abort', end)
  signal.throwIfAborted()
  return { ...read(output), output, seconds: (performance.now() - began) / 1_000 }
}

export function read(output: string): Pick<Trial, 'passed' | 'failed' | 'hung' | 'crashed'> {
  const titles = (mark: RegExp) =>
    [...output.matchAll(mark)].map(([, title = '']) => title.replace(/^.* › /, '').trim())
  return {
    passed: titles(/^ *✔ (.*?)(?: \(\d[\dms. ]*s\))?$/gm),
    failed: titles(/^ *✘ \[fail\]: (.*?)(?: \(\d[\dms. ]*s\))?$/gm),
    hung: titles(/^ *◌ (.*)$/gm),
    crashed: /^ *(?:✘ )?(?:Uncaught exception|Unhandled rejection) in /m.test(output),
  }
}

/** The test could not even begin, or fails in the code of the mutant: that notices nothing. */
export const isBroken = (output: string) =>
  /SyntaxError|ReferenceError|ERR_MODULE_NOT_FOUND|does not provide an export|syntax error at or near|error in your SQL syntax/.test(
    output,
  )
