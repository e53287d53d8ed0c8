import type { ConnectionOptions } from 'mysql2/promise'

/** Settings of every connection. Times are UTC; a number that JavaScript cannot hold exactly would come as text. */
export const connection = (url: string): ConnectionOptions => ({
  uri: url, timezone: 'Z', connectTimeout: 3_000, supportBigNumbers: true, charset: 'utf8mb4', enableKeepAlive: true, keepAliveInitialDelay: 5_000,
  multipleStatements: false, jsonStrings: true,
})
