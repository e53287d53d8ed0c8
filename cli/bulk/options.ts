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

/** The options of every import. */
export const withImportOptions = (command: Command) =>
  command
    .argument('<file>', 'a CSV, JSON or JSONL file, or - for stdin')
    .addOption(
      new Option('--format <format>', 'what the file is; by its name and its first letter, when not given').choices(
        formats,
      ),
    )
    .option('--concurrency <n>', 'requests at a time', wholeNumber('--concurrency', 1, 64), 8)
    .option('--results <file>', 'where it is written down what became of each row; by default FILE.results.jsonl')
    .option('--import-id <id>', 'under which the rows are known; by default made from the content of the file')
    .option('--unique', 'refuse rows that are the same as one before')
    .option('--dry-run', 'only check')
