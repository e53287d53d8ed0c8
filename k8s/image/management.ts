/** Does nothing until it is told to end: process 1 of the pod in which people run `mgmt`. */
const keepsAlive = setInterval(() => undefined, 2 ** 30)
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => clearInterval(keepsAlive))
