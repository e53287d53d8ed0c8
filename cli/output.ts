import { exit, type ExitStatus } from './failure.ts'

// What becomes of output that cannot be written: nowhere else is an error of stdout or stderr dealt with.

/** `unread`: who read it has gone (EPIPE); `lost`: it cannot be written, as on a full disk. */
let state: 'open' | 'unread' | 'lost' = 'open'
let cause = ''
let mayEnd = true

/**
 * Watches both streams. A command that only reads ends when nobody takes what it prints; one that changes things goes
 * on to its end. Without stderr every command goes on: there is nobody to be told.
 */
export function watchOutput(changesThings: boolean, end: (status: ExitStatus) => void): void {
  mayEnd = !changesThings
  process.stderr.on('error', () => undefined)
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (state !== 'open') return
    state = error.code === 'EPIPE' ? 'unread' : 'lost'
    cause = error.message
    if (mayEnd) end(statusAfter(exit.done))
    else if (state === 'lost')
      process.stderr.write(
        `mgmt: The output cannot be written: ${cause}. The command goes on; what it prints follows here.\n`,
      )
  })
}

/** Writes on stdout, and waits while its reader is slower. What a full disk does not take goes to stderr. */
export async function writeOut(text: string): Promise<void> {
  if (text === '' || state === 'unread') return
  const isWritten =
    state === 'open' &&
    (await new Promise<boolean>(resolve => {
      process.stdout.write(text, error => resolve(!error))
    }))
  if (isWritten || mayEnd) return
  await new Promise(resolve => {
    setImmediate(resolve) // until the stream has told what is wrong with it
  })
  if (isLost()) process.stderr.write(text)
}

const isLost = () => state === 'lost'

/** Whether stdout was closed by its reader. */
export const wasUnread = () => state === 'unread'

/** Whether stdout still takes something. */
export const isOutputOpen = () => state === 'open'

/** The status of a command, or that its output was lost when all else went well. Says so. */
export function statusAfter<T extends number>(status: T): T | ExitStatus {
  if (state !== 'lost') return status
  process.stderr.write(
    mayEnd
      ? `mgmt: The output cannot be written: ${cause}.\n  next: make room, then repeat the command\n`
      : status === exit.done
        ? 'mgmt: The command has done what it was to do; only its output could not be written where it should go.\n'
        : '',
  )
  return status === exit.done ? exit.outputLost : status
}
