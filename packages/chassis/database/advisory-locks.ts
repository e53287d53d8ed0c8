/**
 * The PostgreSQL advisory locks of a service. All numbers stand here so that no two are the same; releases that run
 * side by side must agree on them.
 */
export const advisoryLocks = {
  migrations: 7_105_001,
  relay: 7_105_002,
  debezium: 7_105_003,
  purge: 7_105_004,
  redrive: 7_105_005,
  /**
   * Shared by the replicas that are up. It is the first of two keys, so that it cannot collide with the other locks;
   * the second key is the number of migrations that the replica's release has.
   */
  replica: 7_105_006,
} as const
