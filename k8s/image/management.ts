/** Process 1 of the pod in which people run `mgmt`: it only has to stay, and to end when told to. */
const keepsAlive = setInterval(() => undefined, 2 ** 30)
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => clearInterval(keepsAlive))
