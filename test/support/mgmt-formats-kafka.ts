import type { Case } from './mgmt-formats.ts'

export const needsKafka: Record<string, Case> = {
  'orders trace': { args: ['01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23'] },
  'events tail': { args: ['--topic', 'TOPIC', '--no-follow'] },
  oversee: { args: ['--topic', 'TOPIC', '--no-follow', '--by-order'] },
  'events topics': {},
  'dlq list': { args: ['--all'] },
  'dlq show': { args: ['LETTER'] },
  'dlq redrive': { args: ['LETTER', '--dry-run'] },
  'dlq dismiss': { args: ['LETTER', '--dry-run'] },
  status: {},
  doctor: { expects: 1 }, // the dead letter
}

export const needsStack = ['dev token', 'events send', 'reconcile']
