import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { ownFolder } from '@docket/addresses/own-folder.ts'
import { writeState } from '@docket/addresses/state-file.ts'
import { html } from './html.ts'

/** Programs that open a file with what its user has chosen for it. */
const openers: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
}

/**
 * Opens a link by way of a file that only its owner can read: everyone on a machine sees the arguments of programs.
 * Returns a function that removes the file, and calls `onFailure` when there is nothing to open it with.
 */
export function openInBrowser(link: string, folder: string, onFailure: () => void): () => void {
  const file = join(folder, `board-${process.pid}.html`)
  ownFolder(folder)
  writeState(file, redirectTo(link), { mode: 0o600 })
  const [program, ...args] = openers[process.platform] ?? ['xdg-open']
  const opener = spawn(program, [...args, file], { stdio: 'ignore', detached: true })
  opener.on('error', onFailure)
  opener.on('exit', code => code !== 0 && code !== null && onFailure())
  opener.unref()
  return () => rmSync(file, { force: true })
}

const redirectTo = (link: string) =>
  html`<!doctype html><meta charset="utf-8" /><meta name="referrer" content="no-referrer" /><title>Docket board</title>
    <meta http-equiv="refresh" content="0; url=${link}" />
    <p>Opening the board…</p> `.text
