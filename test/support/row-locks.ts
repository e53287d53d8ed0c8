import type { Database } from '@docket/chassis/database/database.ts'
import { until } from './until.ts'

export const oneWaits = async ({ read }: Database): Promise<boolean> =>
  (await read.query(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`))
    .rowCount > 0

export const untilOneWaits = (db: Database) => until('one waits for a row', () => oneWaits(db))
