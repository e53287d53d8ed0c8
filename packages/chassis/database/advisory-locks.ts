/**
 * PostgreSQL's advisory locks of a service, each with its number: all of them here, so that no two are one. Releases that
 * run side by side have to agree on them.
 */
export const advisoryLocks = {
  migrations: 7_105_001,
  relay: 7_105_002,
  debezium: 7_105_003,
  purge: 7_105_004,
  redrive: 7_105_005,
  /**
   * Shared by the replicas that are up. The first of two keys, so that none of the others is meant; the second is the
   * number of migrations that the replica's release has.
   */
  replica: 7_105_006,
} as const
