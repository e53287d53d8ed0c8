import { Command, CommanderError, Option } from 'commander'
import { cleanUp } from './cleanup.ts'
import type { Entry } from './command.ts'
import { asFailure, exit, Failure } from './failure.ts'
import { entries } from './generated/commands.ts'
import { groups } from './groups.ts'
import type { GlobalOptions, Mgmt } from './mgmt.ts'
import { statusAfter, watchOutput, writeOut } from './output.ts'
import { version } from './version.ts'
import { plainly } from './render/width.ts'

const addressFlags = [
  '--user-url',
  '--order-url',
  '--inventory-url',
  '--payment-url',
  '--shipping-url',
  '--kafka-brokers',
]

const globalOptions = () => [
  new Option('-o, --output <format>', 'how data is printed')
    .choices(['table', 'json', 'jsonl', 'csv'])
    .default('table'),
  new Option('--fields <names>', 'only these fields, separated by commas; an unknown one lists the available fields'),
  new Option('--raw', 'with -o csv: text as it is, also what a spreadsheet would take for a formula'),
  new Option('--context <name>', 'which services and which session: see mgmt context'),
  new Option('--no-input', 'never ask anything'),
  new Option('--color <when>', 'use colour').choices(['auto', 'always', 'never']).default('auto'),
  new Option('-q, --quiet', 'no notes on stderr'),
  new Option('-v, --verbose', 'say more on stderr'),
  new Option('--timeout <duration>', 'time limit, such as 60s'),
  new Option('--utc', 'times in UTC, shown and read; else they are local, and UTC in json and jsonl'),
  ...addressFlags.map(flag => new Option(`${flag} <address>`, 'go there, whatever the context says').hideHelp()),
]

const takesValue = new Set(['-o', '--output', '--context', '--color', '--timeout', '--fields', ...addressFlags])

/** The command that the arguments call for; only its file is loaded. */
function calledFor(args: string[]): Entry | undefined {
  const words: string[] = []
  for (let at = 0; at < args.length && words.length < 2; at++) {
    const arg = args[at] ?? ''
    if (takesValue.has(arg)) at++
    else if (!arg.startsWith('-') && arg !== 'help') words.push(arg)
  }
  return entries.find(entry => entry.path === words.join(' ')) ?? entries.find(entry => entry.path === words[0])
}

async function programFor(args: string[]): Promise<Command> {
  const called = calledFor(args)
  const program = new Command('mgmt')
    .description('Fulfil orders and watch them: the command line of Docket')
    .version(version, '-V, --version')
    .addHelpText(
      'after',
      '\nExamples:\n  $ mgmt login operator\n  $ mgmt orders create --line mug=2 --wait\n  $ mgmt events tail\n\nMore help: mgmt help exit-codes, mgmt help environment, mgmt help formatting.\n\nExit status: 0 done, 1 failed, 2 wrong usage, 3 order not fulfilled, 4 not logged in or not allowed,\n5 something cannot be reached, 6 the output cannot be written, 124 timed out, 130 interrupted.',
    )
  const groupCommands = new Map(
    Object.entries(groups).map(([name, { summary }]) => [name, new Command(name).description(summary)]),
  )
  for (const entry of entries) {
    const [first = '', second] = entry.path.split(' ')
    const command =
      entry === called ? await realCommand(entry) : new Command(second ?? first).description(entry.summary)
    ;(second ? (groupCommands.get(first) ?? program) : program).addCommand(command)
    const group = groupCommands.get(first)
    if (group && !program.commands.includes(group)) program.addCommand(group)
  }
  for (const command of [program, ...program.commands, ...program.commands.flatMap(group => group.commands)]) {
    command
      .exitOverride()
      .configureOutput({ outputError: () => undefined })
      .showSuggestionAfterError()
  }
  return program
}

async function realCommand(entry: Entry): Promise<Command> {
  const file = await entry.load()
  let mgmt: Promise<Mgmt> | undefined
  const command: Command = file.command(
    () => (mgmt ??= import('./terminal.ts').then(module => module.mgmtOf(command.opts<GlobalOptions>()))),
    entries,
  )
  for (const option of globalOptions()) {
    if (command.options.some(one => one.long === option.long)) continue // it means something of its own here
    command.addOption(option.helpGroup('Everywhere:'))
  }
  return command
}

/** Global options may stand before the command: they are moved behind it, where they are known. */
function movedBehind(args: string[]): string[] {
  const first = args.findIndex((arg, at) => !arg.startsWith('-') && !takesValue.has(args[at - 1] ?? ''))
  if (first <= 0 || args.slice(0, first).some(arg => ['-h', '--help', '-V', '--version'].includes(arg))) return args
  return [...args.slice(first), ...args.slice(0, first)]
}

function report(error: unknown, args: string[]): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0 || error.code === 'commander.help' || error.code === 'commander.helpDisplayed')
      return error.exitCode === 0 ? exit.done : exit.usage
    return printFailure(
      new Failure(
        error.message.replace(/^error: /, '').replace(/^./, letter => letter.toUpperCase()),
        {
          status: exit.usage,
          code: 'usage',
          next: `see: ${['mgmt', calledFor(args)?.path, '--help'].filter(Boolean).join(' ')}`,
        },
      ),
      args,
    )
  }
  return printFailure(asFailure(error), args)
}

function printFailure(failure: Failure, args: string[]): number {
  const asJson =
    args.some((arg, at) => /^(-o|--output)$/.test(args[at - 1] ?? '') && /^jsonl?$/.test(arg)) ||
    args.some(arg => /^(-o|--output)=?jsonl?$/.test(arg))
  const { message, code, next, requestId, errors } = failure
  if (asJson)
    process.stderr.write(
      `${JSON.stringify({ error: { code, message, ...(errors.length > 0 && { errors }), ...(next && { next }), ...(requestId && { requestId }) } })}\n`,
    )
  else {
    // a message may repeat what other people wrote
    const fields = errors.map(one => `  ${one.path}: ${one.message}\n`).join('')
    process.stderr.write(
      plainly(
        `mgmt: ${message}\n${fields}${next ? `  ${/^(see|log|wait|it )/.test(next) ? '' : 'next: '}${next}\n` : ''}${requestId ? `  request ${requestId}\n` : ''}`,
      ),
    )
  }
  if (args.some(arg => arg === '--verbose' || arg === '-v') && failure.cause instanceof Error)
    process.stderr.write(`${failure.cause.stack}\n`)
  return failure.status
}

/** The first signal ends the command and puts everything right; a second one does not wait for that. */
let isEnding = false
function endBy(status: number): void {
  if (isEnding) process.exit(status)
  isEnding = true
  void cleanUp().finally(() => process.exit(status))
}
process.on('SIGINT', () => endBy(exit.interrupted))
for (const [signal, status] of [
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)
  process.on(signal, () => endBy(status))

async function run(args: string[]): Promise<void> {
  const page =
    args[0] === 'help' && args.length === 2 ? (await import('./help-pages.ts')).helpPages[args[1] ?? ''] : undefined
  const program = await programFor(args)
  if (args[0] === 'completion' && args[1] === '--words') {
    const { candidates } = await import('./input/complete.ts')
    const quiet = { output: 'table', input: false, color: 'never', quiet: true } as const
    const found = await candidates(args.slice(args.indexOf('--') + 1), globalOptions(), () =>
      import('./terminal.ts').then(module => module.mgmtOf(quiet)),
    )
    await writeOut(found.map(one => `${one}\n`).join(''))
  } else if (page !== undefined) await writeOut(page)
  else if (args.length === 0) {
    program.outputHelp({ error: true })
    process.exitCode = exit.usage
  } else await program.parseAsync(args, { from: 'user' })
}

const args = movedBehind(process.argv.slice(2))
watchOutput(calledFor(args)?.changesThings === true, endBy)
void run(args)
  .catch(async (error: unknown) => {
    await cleanUp()
    process.exitCode = report(error, args)
  })
  .then(cleanUp)
  .then(() => {
    process.exitCode = statusAfter(Number(process.exitCode ?? exit.done))
  })
