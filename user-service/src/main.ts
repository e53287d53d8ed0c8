import { z } from 'zod'
import { duration, exitWrongConfiguration } from '@docket/chassis/config.ts'
import { service } from '@docket/chassis/service.ts'
import { handlers } from './audit.handlers.ts'
import { auditRoutes } from './audit.routes.ts'
import { firstOperator } from './first-operator.ts'
import { signingKeys } from './keys.ts'
import { metrics } from './session.metrics.ts'
import { routes as sessionRoutes } from './session.routes.ts'
import { confirms } from './session.steps.ts'
import { forget, forgetActs } from './session.sweeps.ts'
import { routes as userRoutes } from './user.routes.ts'

const users = await service('user-service', {
  port: 8081,
  database: 'mysql',
  settings: {
    JWT_SIGNING_KEY: signingKeys, // one or more PEM blocks: the first signs, all are published
    BOOTSTRAP_OPERATOR_USERNAME: z.string().optional(),
    BOOTSTRAP_OPERATOR_PASSWORD: z.string().optional(),
    BOOTSTRAP_OPERATOR_PASSWORD_FILE: z.string().optional(),
    AUDIT_RETENTION: duration.default(400 * 86_400_000), // then an act is deleted from the audit
  },
  keys:
    ({ JWT_SIGNING_KEY }) =>
    async kid =>
      JWT_SIGNING_KEY.find(key => key.kid === kid)?.publicKey,
})

delete process.env.BOOTSTRAP_OPERATOR_PASSWORD

function cannotStart(wrong: readonly string[]): never {
  console.error(`user-service cannot start, its environment is wrong:\n  ${wrong.join('\n  ')}`)
  process.exit(exitWrongConfiguration)
}

await users.run({
  routes: [
    ...sessionRoutes(users.settings.JWT_SIGNING_KEY),
    ...userRoutes(users.settings.JWT_SIGNING_KEY),
    ...auditRoutes,
  ],
  consumes: handlers,
  confirms,
  publishes: 'user-events',
  metrics,
  starts: firstOperator(users.settings, users.log, cannotStart),
  sweeps: [
    { name: 'forget old sessions and attempts', everyMs: 600_000, run: forget },
    { name: 'forget old acts', everyMs: 600_000, run: forgetActs(users.settings.AUDIT_RETENTION) },
  ],
})
