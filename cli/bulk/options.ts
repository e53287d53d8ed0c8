import { Option, type Command } from 'commander'
import { wholeNumber } from '../input/numbers.ts'
import { formats, type Format } from './rows.ts'

export interface ImportOptions {
  format?: Format
  concurrency: number
  results?: string
  importId?: string
  unique?: boolean
  dryRun?: boolean
}

export const withImportOptions = (command: Command) =>
  withImportFlags(command.argument('<file>', 'a CSV, JSON or JSONL file, or - for stdin'))

export const withImportFlags = (command: Command) =>
  command
    .addOption(
      new Option(
        '--format <format>',
        'format of the file; by default detected from its name and first character',
      ).choices(formats),
    )
    .option('--concurrency <n>', 'requests at a time', wholeNumber('--concurrency', 1, 64), 8)
    .option('--results <file>', 'file for the result of each row; default FILE.results.jsonl')
    .option('--import-id <id>', 'id of this import; by default derived from the content of the file')
    .option('--unique', 'refuse duplicate rows')
    .option('--dry-run', 'only check')
