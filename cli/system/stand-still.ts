import { spawn } from 'node:child_process'
import { beforeEnding } from '../cleanup.ts'

export interface Standing {
  goOn(): void
  /** It goes on, and nothing looks after it any more. */
  end(): void
}

/** Lets a process stand still; it goes on however this one ends, also when it is killed. */
export function standStill(pid: number): Standing {
  const keeper = goesOnAfterUs(pid)
  const goOn = () => void process.kill(pid, 'SIGCONT')
  const unregister = beforeEnding(goOn) // when somebody ends the drill half way
  process.kill(pid, 'SIGSTOP')
  return {
    goOn,
    end() {
      goOn()
      unregister()
      keeper.end()
    },
  }
}

/** Lets a process go on when the pipe is closed that this returns: at the latest when this process is no more. */
function goesOnAfterUs(pid: number) {
  const keeper = spawn('sh', ['-c', 'cat >/dev/null; kill -CONT "$0"', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true, // Ctrl-C is not for it
  })
  keeper.unref()
  keeper.stdin.on('error', () => undefined) // it has gone first
  return keeper.stdin
}
