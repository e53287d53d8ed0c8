import { apiOf } from './client/api.ts'
import { configFolder, contextOf, readContexts } from './client/context.ts'
import { formatDuration, parseDuration } from './input/durations.ts'
import { beforeEnding } from './cleanup.ts'
import { exit, Failure, usage } from './failure.ts'
import type { GlobalOptions, Mgmt } from './mgmt.ts'
import { isOutputOpen, writeOut } from './output.ts'
import { columnsOf, csvLines } from './render/csv.ts'
import { chosenFields, namesIn } from './render/fields.ts'
import { liveLines } from './render/live.ts'
import type { Look } from './render/look.ts'
import { sessionStore } from './client/session.ts'
import { plainly, short } from './render/width.ts'
import { tellWaits, timerAt } from './waiting.ts'

/** Precedence: the flag, NO_COLOR and FORCE_COLOR, then whether the stream is a terminal. */
function colourLevel(flag: GlobalOptions['color'], env: NodeJS.ProcessEnv, isTerminal: boolean): 0 | 1 {
  if (flag !== 'auto') return flag === 'always' ? 1 : 0
  if (env.NO_COLOR) return 0
  if (env.FORCE_COLOR && env.FORCE_COLOR !== '0') return 1
  return isTerminal && env.TERM !== 'dumb' ? 1 : 0
}

const waitToldEveryMs = 5_000 // without a terminal; a longer wait is reported at once

export async function mgmtOf(options: GlobalOptions): Promise<Mgmt> {
  const { Chalk } = await import('chalk')
  const { env } = process
  const lookOf = (stream: NodeJS.WriteStream): Look => ({
    colour: new Chalk({ level: colourLevel(options.color, env, stream.isTTY) }),
    now: new Date(),
    utc: options.utc ?? false,
    width: Number(env.COLUMNS) || (stream.isTTY ? stream.columns : 0) || (stream.isTTY ? 80 : 200),
  })
  const file = readContexts(configFolder(env))
  const context = contextOf(env, options.context, file, options)
  const sessions = sessionStore(configFolder(env), context.name)
  const signal = limitOf(options)
  const notes = notesOf(options, lookOf(process.stderr))
  tellWaits(notes.note)
  const printer = printerOf(options, lookOf(process.stdout), text => notes.around(() => writeOut(text)))
  if (!context.isKnown && Object.keys(file.contexts).length > 0)
    notes.note(`${context.name} is not set up as a context: the addresses of this machine are used`)
  const trace = (line: string) => {
    if (options.verbose) notes.note(line)
  }
  return {
    options,
    context,
    sessions,
    signal,
    note: notes.note,
    tell: text => notes.tell(plainly(text)),
    hasProgress: notes.hasProgress,
    progress: notes.progress,
    api: apiOf(context, sessions, signal, trace, notes.showWait),
    get interactive() {
      return options.input && process.stdin.isTTY && process.stderr.isTTY
    }, // a getter, because Node creates stdin on first access, which takes long
    ...printer,
    exitWith(status) {
      process.exitCode = status
    },
  }
}

const widthNow = (stream: NodeJS.WriteStream, look: Look) =>
  stream.isTTY && !process.env.COLUMNS ? stream.columns || 80 : look.width // the terminal may have been resized

function notesOf(options: GlobalOptions, look: Look) {
  const live = liveLines(process.stderr, process.stderr.isTTY && !options.quiet && process.env.TERM !== 'dumb')
  let progress: string | undefined
  if (live.isOn) beforeEnding(() => live.clear())
  const around = async (work: () => void | Promise<void>) => {
    live.clear()
    await work()
    if (progress !== undefined) live.draw(progress)
  }
  const tell = (text: string) => void around(() => void process.stderr.write(`${text}\n`))
  const note: Mgmt['note'] = text => {
    if (options.quiet) return
    tell(typeof text === 'string' ? plainly(text) : text({ ...look, width: widthNow(process.stderr, look) }))
  }
  const showProgress: Mgmt['progress'] = text => {
    progress = text
    if (text === undefined) live.clear()
    else live.draw(short(text, widthNow(process.stderr, look) - 1))
  }
  let waiting: string | undefined
  let toldUntil = 0
  return {
    around,
    tell,
    note,
    hasProgress: live.isOn,
    progress: showProgress,
    showWait(ms: number | undefined): void {
      if (ms === undefined) {
        if (live.isOn && progress === waiting) showProgress(undefined)
        return
      }
      waiting = `as many requests as the service allows: going on in ${formatDuration(ms)}`
      if (live.isOn) showProgress(waiting)
      else if (Date.now() + ms > toldUntil + waitToldEveryMs) {
        toldUntil = Date.now() + ms
        note(waiting)
      }
    },
  }
}

function printerOf(
  options: GlobalOptions,
  look: Look,
  write: (text: string) => Promise<void>,
): Pick<Mgmt, 'print' | 'draw' | 'openLines' | 'printLine' | 'printLines'> {
  const json = (value: unknown, indent?: number) => `${jsonText(value, indent)}\n`
  const fresh = (): Look => ({ ...look, now: new Date(), width: widthNow(process.stdout, look) })
  const lines = options.output === 'json' ? arrayOnStdout() : undefined
  const wanted = options.fields === undefined ? undefined : namesIn(options.fields)
  const isRaw = options.raw === true
  let table = csvLines(wanted ?? [], isRaw)
  if (isRaw && options.output !== 'csv') throw usage('--raw has no effect without -o csv.')
  const lineOf = <T>(given: T, render: (value: T, look: Look) => string): string => {
    const { value, draw } = chosenFields(given, render, options.fields)
    if (options.output === 'table') return `${draw(fresh())}\n`
    if (options.output === 'csv') return table.row(value)
    return lines?.next(value) ?? json(value)
  }
  const csvOf = (value: unknown, given: unknown, columns: readonly string[] | undefined) => {
    const rows: readonly unknown[] = Array.isArray(value) ? value : [value]
    const { head, row } = csvLines(wanted ?? columns ?? columnsOf(Array.isArray(given) ? given : [given]), isRaw)
    return head + rows.map(row).join('')
  }
  return {
    async print(given, render, columns) {
      const { value, draw } = chosenFields(given, render, options.fields)
      if (options.output === 'json') await write(json(value, 2))
      else if (options.output === 'jsonl')
        await write(Array.isArray(value) ? value.map(one => json(one)).join('') : json(value))
      else if (options.output === 'csv') await write(csvOf(value, given, columns))
      else await write(`${draw(fresh())}\n`)
    },
    draw: (live, value, render) => live.draw(render(value, fresh())),
    openLines(columns) {
      lines?.open()
      table = csvLines(wanted ?? columns, isRaw)
      if (options.output === 'csv') void write(table.head)
    },
    printLine: (value, render) => write(lineOf(value, render)),
    printLines: (values, render) => write(values.map(value => lineOf(value, render)).join('')),
  }
}

/** Escapes control characters that JSON.stringify leaves, so that the output cannot control a terminal. */
const jsonText = (value: unknown, indent?: number) =>
  JSON.stringify(value, undefined, indent).replaceAll(/[\u007f-\u009f\p{Cf}]/gu, text =>
    [...Array(text.length).keys()].map(at => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''),
  )

/** The array is closed even by Ctrl-C, so that the output is valid JSON. */
function arrayOnStdout() {
  let [isOpen, isEmpty] = [false, true]
  return {
    open() {
      isOpen = true
      process.once('exit', () => {
        if (isOutputOpen()) process.stdout.write(isEmpty ? '[]\n' : '\n]\n')
      })
    },
    next(value: unknown): string | undefined {
      if (!isOpen) return undefined
      const before = isEmpty ? '[\n' : ',\n'
      isEmpty = false
      return before + jsonText(value)
    },
  }
}

function limitOf({ timeout }: GlobalOptions): AbortSignal {
  const ending = new AbortController()
  if (timeout !== undefined) {
    timerAt(Date.now() + parseDuration(timeout), () =>
      ending.abort(
        new Failure(`Timed out after ${timeout}.`, {
          status: exit.timedOut,
          code: 'timed_out',
          next: 'what it waited for goes on: look again, or wait longer with --timeout',
        }),
      ),
    )
  }
  return ending.signal
}
