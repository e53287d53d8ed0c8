import { spawnSync } from 'node:child_process'
import { beforeEnding } from '../cleanup.ts'

/** Calls with each key that is pressed, until it is released. Ctrl-C comes as a key, too. */
export function onKeys(listener: (text: string) => void): () => void {
  process.stdin.setRawMode(true)
  return whatIsTyped(listener, () => process.stdin.setRawMode(false))
}

/**
 * Calls with each line that is typed, until it is released. In the background it reads nothing, because the terminal stops
 * a background job that does.
 */
export function onLines(listener: (text: string) => void): () => void {
  let release: (() => void) | undefined
  const listen = () => {
    release?.()
    release = isInForeground() ? whatIsTyped(listener) : undefined
  }
  listen()
  process.on('SIGCONT', listen) // `fg` and `bg` send it
  return () => {
    process.off('SIGCONT', listen)
    release?.()
  }
}

/** A terminal that is listened to keeps the process alive, so this is released however the command ends. */
function whatIsTyped(listener: (text: string) => void, restore = (): void => undefined): () => void {
  const { stdin } = process
  const listen = (data: Buffer) => listener(data.toString())
  const release = () => {
    unregister()
    stdin.off('data', listen)
    restore()
    stdin.pause()
  }
  const unregister = beforeEnding(release)
  stdin.on('data', listen)
  return release
}

/** Whether the terminal belongs to the process group of this process; a system that cannot say is taken to agree. */
function isInForeground(): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'pgid=,tpgid=', '-p', String(process.pid)], { encoding: 'utf8' })
  const [group, ofTerminal] = stdout.trim().split(/\s+/)
  return ofTerminal === undefined || group === ofTerminal
}
