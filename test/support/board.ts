import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { root } from '@docket/addresses/addresses.ts'

export interface Board {
  child: ChildProcess
  /** Good once. */
  link: string
  port: number
  stop(): Promise<void>
}

/** `mgmt board` as a user starts it, by default the bundled one; `home` has the session. */
export async function startBoard(
  home: string,
  { args = [], command = [join(root, 'bin/mgmt')] }: { args?: readonly string[]; command?: readonly string[] } = {},
): Promise<Board> {
  const [program = '', ...before] = command
  const child = spawn(program, [...before, 'board', '--no-open', '-o', 'jsonl', ...args], {
    env: { ...process.env, XDG_CONFIG_HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(([status]) => {
      throw new Error(`mgmt board ended with ${String(status)}`)
    }),
  ])) as [Buffer]
  return {
    child,
    ...(JSON.parse(line.toString()) as Pick<Board, 'link' | 'port'>),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** What a page gets for its link: opens all streams of the board. */
export async function boardKey({ link, port }: Pick<Board, 'link' | 'port'>): Promise<string> {
  const token = new URLSearchParams(new URL(link).hash.slice(1)).get('t') ?? ''
  const answer = await fetch(`http://127.0.0.1:${port}/session`, { method: 'POST', body: token })
  if (!answer.ok) throw new Error(`the link gave no key: ${answer.status} ${await answer.text()}`)
  return ((await answer.json()) as { key: string }).key
}

export interface BoardEvent {
  event: string | undefined
  data: unknown
}

/** What a page is told, such as that of `orders?status=open`. */
export async function* boardStream(
  { port }: Pick<Board, 'port'>,
  key: string,
  view: string,
  signal: AbortSignal,
): AsyncGenerator<BoardEvent> {
  const answer = await fetch(`http://127.0.0.1:${port}/stream/${view}`, { headers: { 'x-board-key': key }, signal })
  if (!answer.ok || !answer.body) throw new Error(`the board answered ${answer.status}`)
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of answer.body) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const field = (name: string) =>
        block
          .split('\n')
          .find(one => one.startsWith(`${name}: `))
          ?.slice(name.length + 2)
      yield { event: field('event'), data: JSON.parse(field('data') ?? 'null') }
    }
  }
}
