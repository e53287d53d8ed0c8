import { spawnSync } from 'node:child_process'
import { beforeEnding } from '../cleanup.ts'

/** Calls with each key that is pressed, until it is released. Ctrl-C comes as a key, too. */
export function onKeys(listener: (text: string) => void): () => void {
  process.stdin.setRawMode(true)
  return whatIsTyped(listener, () => process.stdin.setRawMode(false))
}

/**
 * Calls with each line that is typed, until the command ends. In the background it reads nothing, because the terminal
 * stops a background job that does. `onListening`: it reads from now on.
 */
export function onLines(listener: (text: string) => void, onListening: () => void): void {
  let release: (() => void) | undefined
  const listen = () => {
    release?.()
    release = isInForeground() ? whatIsTyped(listener) : undefined
    if (release) onListening()
  }
  process.on('SIGCONT', listen) // sent by `bg`, and by `fg` to a job that was stopped, maybe as soon as it listened
  listen()
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
  stdin.on('data', listen).resume() // it may have been released before
  return release
}

/** Whether the terminal belongs to the process group of this process; a system that cannot say is taken to agree. */
function isInForeground(): boolean {
  const fields = ['-o', 'pgid=', '-o', 'tpgid=']
  const { status, stdout } = spawnSync('ps', [...fields, '-p', String(process.pid)], { encoding: 'utf8' })
  if (status !== 0) return true
  const [group, ofTerminal] = stdout.trim().split(/\s+/)
  return group === ofTerminal
}
