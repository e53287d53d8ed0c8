import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Stack } from '@docket/test/support/stack.ts'

export interface Watch {
  findings(): Promise<string[]>
  memory(): Promise<string[]>
}

export function watch(dir: string, { ops, processes }: Stack): Watch {
  const fromMs = performance.now()
  return {
    async findings() {
      const ended = processes.exits.map(
        ({ name, code, signal }) => `${name} ended, ${code === null ? signal : `with ${code}`}`,
      )
      const seconds = (performance.now() - fromMs) / 1_000
      const states = await Promise.all(Object.entries(ops).map(([name, url]) => stateOf(name, url, seconds)))
      return [...ended, ...states.flat(), ...linesIn(join(dir, 'logs'))]
    },
    memory: () => Promise.all(Object.entries(ops).map(([name, url]) => memoryOf(name, url))),
  }
}

async function stateOf(name: string, url: string, seconds: number): Promise<string[]> {
  try {
    const response = await fetch(`${url}/readyz`)
    const { status, uptimeSeconds } = (await response.json()) as { status: string; uptimeSeconds: number }
    if (uptimeSeconds < Math.floor(seconds)) return [`${name}-service was restarted`]
    return status === 'ready' ? [] : [`${name}-service is ${status}`]
  } catch (error) {
    return [`${name}-service does not answer: ${String(error)}`]
  }
}

async function memoryOf(name: string, url: string): Promise<string> {
  const found = /^process_resident_memory_bytes(?:\{.*\})? (\S+)/m.exec(await (await fetch(`${url}/metrics`)).text())
  return `${name}-service ${found ? (Number(found[1]) / 2 ** 20).toFixed(0) : '?'} MB`
}

const bad = /unhandled|uncaught|"level":"?(fatal|60|error|50)"?|MaxListeners|Warning:/i

function linesIn(folder: string): string[] {
  const kinds = new Map<string, { line: string; times: number }>()
  for (const file of readdirSync(folder).filter(name => name.startsWith('test-'))) {
    for (const line of readFileSync(join(folder, file), 'utf8').split('\n')) {
      if (!bad.test(line)) continue
      const kind = file + line.replaceAll(/[\da-f-]{8,}|\d+/g, '')
      const known = kinds.get(kind)
      if (known) known.times++
      else kinds.set(kind, { line: `${file}: ${line.slice(0, 1_500)}`, times: 1 })
    }
  }
  return [...kinds.values()].map(({ line, times }) => `${times} times ${line}`)
}
