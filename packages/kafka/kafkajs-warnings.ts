/**
 * kafkajs 2.2.4 computes a timeout below zero when it has no request to throttle, and Node warns of it on stderr each
 * time a process starts. Harmless, and not ours to mend: kafkajs is no longer maintained. To go with kafkajs.
 */
const emitWarning = process.emitWarning.bind(process)

process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
  const [kind] = rest
  const type =
    typeof kind === 'string'
      ? kind
      : typeof kind === 'object' && kind !== null && 'type' in kind
        ? kind.type
        : undefined
  if (type !== 'TimeoutNegativeWarning') Reflect.apply(emitWarning, process, [warning, ...rest])
}) as typeof process.emitWarning
