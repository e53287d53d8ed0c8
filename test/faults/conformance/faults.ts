export const plantedFaults = {
  'never ready': 'start',
  'commits nothing': 'consume',
  'drops what comes too early': 'reordering',
  'acts on each delivery': 'duplicates',
  'dead-letters unknown types': 'unknown types',
  'refuses unknown fields': 'unknown fields',
  'stops at poison': 'poison',
  'drops poison': 'dead letters',
  'letters without their origin': 'dead letters',
  'deaf to SIGTERM': 'SIGTERM',
  'commits before the work': 'kill -9',
  'claims in memory': 'redelivery',
  'livez tells of the queue': 'health',
  'no ce_subject': 'published',
  'sequence stands still': 'sequence',
} as const satisfies Record<string, string>

export type PlantedFault = keyof typeof plantedFaults
