import { spawn } from 'node:child_process'
import { beforeEnding } from '../cleanup.ts'

export interface Standing {
  goOn(): void
  end(): void
}

/** Suspends a process. It is resumed however this one ends, even if it is killed. */
export function standStill(pid: number): Standing {
  const keeper = goesOnAfterUs(pid)
  const goOn = () => void process.kill(pid, 'SIGCONT')
  const unregister = beforeEnding(goOn) // in case the drill is interrupted
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

/** Resumes the process when the returned pipe closes, at the latest when this process ends. */
function goesOnAfterUs(pid: number) {
  const keeper = spawn('sh', ['-c', 'cat >/dev/null; kill -CONT "$0"', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true, // so that Ctrl-C does not reach it
  })
  keeper.unref()
  keeper.stdin.on('error', () => undefined) // it may be gone already
  return keeper.stdin
}
