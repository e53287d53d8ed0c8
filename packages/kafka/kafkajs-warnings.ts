/**
 * kafkajs 2.2.4 computes a negative timeout when it has no request to throttle, and Node warns about it on stderr each
 * time a process starts. It is harmless, and will not be fixed, as kafkajs is no longer maintained. Remove this with
 * kafkajs.
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
