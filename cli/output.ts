import { exit, type ExitStatus } from './failure.ts'

// All errors of stdout and stderr are handled here, and nowhere else.

/** `unread`: the reader is gone (EPIPE). `lost`: it cannot be written, as on a full disk. */
let state: 'open' | 'unread' | 'lost' = 'open'
let cause = ''
let mayEnd = true

/**
 * A command that only reads ends when nobody reads its output; one that changes things continues to its end. If only
 * stderr is lost, every command continues, as there is nobody to tell.
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

/** Waits while the reader is slower, so that output does not pile up in memory. Reports a full disk on stderr. */
export async function writeOut(text: string): Promise<void> {
  if (text === '' || state === 'unread') return
  const isWritten =
    state === 'open' &&
    (await new Promise<boolean>(resolve => {
      process.stdout.write(text, error => resolve(!error))
    }))
  if (isWritten || mayEnd) return
  await new Promise(resolve => {
    setImmediate(resolve) // until the stream has emitted its error
  })
  if (isLost()) process.stderr.write(text)
}

const isLost = () => state === 'lost'

export const wasUnread = () => state === 'unread'

export const isOutputOpen = () => state === 'open'

/** Scripts must notice lost output, so success becomes a failure of its own. */
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
