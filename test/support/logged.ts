import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'

/**
 * Starts a program that writes its output to the end of a file by itself. Two pipes into one stream would end it with
 * the first of the two, and the other's next line would be an error of this process.
 *
 * @param withMessages Whether this process and the program also exchange messages (`ipc`).
 */
export function spawnLogged(
  logFile: string,
  program: string,
  args: readonly string[],
  options: Omit<SpawnOptions, 'stdio'> = {},
  withMessages = false,
): ChildProcess {
  const log = openSync(logFile, 'a')
  try {
    return spawn(program, args, { ...options, stdio: ['ignore', log, log, ...(withMessages ? ['ipc' as const] : [])] })
  } finally {
    closeSync(log) // the program has a descriptor of its own
  }
}
