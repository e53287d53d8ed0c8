// Which room of the repository may import what. `npm run check:arrows` refuses every import that this table does not
// list, type imports included, and reports every entry that no import needs.
//
// Every source file belongs to exactly one room, and files in the same room may import each other. Lists are separated
// by whitespace. In `files`, `*` matches part of a name, `**` anything, `{a,b}` either; a test (`.test.ts`) is matched
// only by a glob that ends in `.test.ts`. `<service>` matches the folder of a service and stands for the same service
// throughout a row. `imports` lists rooms (`*` matches part of a name), or single files of a room that is closed
// otherwise.

export interface Room {
  files: string
  except?: string
  imports?: string
  loads?: string
  /** npm packages and Node modules. `node:*` is every Node module except node:module, which can load anything. */
  packages?: string
  apart?: true
  why?: string
}

export const production: Record<string, Room> = {
  events: { files: 'events/**.json', why: 'events/ is data' },

  foundation: { files: 'packages/foundation/**', packages: 'node:{crypto,fs,net,timers,tls,v8,vm}' },
  addresses: {
    files: 'packages/addresses/**',
    imports: 'packages/foundation/errors.ts',
    packages: 'node:{crypto,fs,path,url}',
  },
  contract: { files: 'packages/contract/**' },
  kafka: {
    files: 'packages/kafka/**',
    imports: 'foundation contract',
    packages: 'kafkajs node:{fs,net,timers,tls,util}',
    why: 'service -> chassis -> kafka -> contract, never back',
  },
  reconciliation: {
    files: 'packages/reconciliation/**',
    imports: 'foundation addresses contract kafka',
    packages: 'pg node:{fs,path,readline,timers,util}',
  },

  'chassis/base': {
    files: 'packages/chassis/{id,log,refused}.ts',
    imports: 'packages/contract/mask.ts',
    packages: 'pino node:crypto',
  },
  'chassis/database': {
    files: `packages/chassis/database/{advisory-locks,database,down-migrations,lock-session,migrations}.ts
      packages/chassis/database/{one-at-a-time,outcome,queue-floor,sql-statements}.ts`,
    imports: 'foundation packages/chassis/refused.ts packages/chassis/messaging/outbox-store.ts',
    packages: 'node:fs',
    why: 'the interface is the same for PostgreSQL and MySQL',
  },
  'chassis/messaging': {
    files:
      'packages/chassis/messaging/{dead-letters,debezium-mode,handlers,kafka-contact,outbox,outbox-store,published-types,purge-marks,relay,resend,written-events}.ts',
    imports: 'foundation contract kafka chassis/base chassis/database chassis/tracing',
    packages: 'node:timers',
  },
  'chassis/postgres': {
    files: 'packages/chassis/{database,messaging}/postgres*.ts',
    imports: 'foundation chassis/base chassis/database chassis/messaging packages/chassis/http/idempotency.ts',
    packages: 'pg node:timers',
  },
  'chassis/mysql': {
    files: 'packages/chassis/{database,messaging}/mysql*.ts',
    imports: 'foundation chassis/base chassis/database chassis/messaging packages/chassis/http/idempotency.ts',
    packages: 'mysql2',
  },
  'chassis/http': {
    files: 'packages/chassis/http/**',
    imports: `foundation chassis/base chassis/database chassis/tracing
      packages/chassis/messaging/{dead-letters,outbox,outbox-store,resend}.ts packages/contract/terms.ts`,
    packages: `express cookie-parser helmet jsonwebtoken pino zod zod-openapi
      node:{buffer,crypto,events,fs,http,https,net,querystring,stream,url}`,
  },
  'chassis/feed': {
    files: 'packages/chassis/feed/**',
    imports: 'foundation contract kafka chassis/base',
    packages: 'node:{events,stream}',
    why: 'it reads topics, and knows no service',
  },
  'chassis/tracing': {
    files: 'packages/chassis/tracing/{instrumentation,settings,tracing}.ts',
    imports: 'contract kafka chassis/base chassis/database chassis/messaging',
    loads: 'chassis/opentelemetry',
    packages: 'zod node:http',
    why: 'OpenTelemetry is loaded only when a collector is configured',
  },
  'chassis/opentelemetry': {
    files: 'packages/chassis/tracing/{context,exporter,spans,traced-database}.ts',
    imports: `foundation contract kafka chassis/base chassis/database chassis/tracing
      packages/chassis/http/errors.ts packages/chassis/http/idempotency.ts`,
    packages: '@opentelemetry/* node:{async_hooks,crypto,timers}',
    why: 'it wraps a database connection and opens none',
  },
  chassis: {
    files: 'packages/chassis/*.ts',
    except: 'packages/chassis/{id,log,refused}.ts',
    imports:
      'foundation contract kafka chassis/base chassis/database chassis/feed chassis/http chassis/messaging chassis/tracing',
    loads: 'chassis/mysql chassis/postgres',
    packages: 'prom-client zod node:{fs,net,timers,util}',
  },

  // A service: main -> routes, handlers, sweeps -> steps -> store -> domain. No service imports another one.
  '<service>/domain': {
    files: '<service>/src/*.ts',
    except: `<service>/src/*.*.ts <service>/src/main.ts payment-service/src/providers.ts
      user-service/src/{address-hashes,first-operator,keys,new-passwords,passwords,refresh-tokens,tokens}.ts`,
    imports:
      'packages/chassis/refused.ts packages/contract/{event,money,steps,terms}.ts packages/foundation/{backoff,errors}.ts',
    why: 'the domain is pure: clock, chance and I/O are arguments',
  },
  '<service>/shapes': {
    files: '<service>/src/*.shapes.ts',
    imports: '<service>/domain packages/chassis/http/{given-id,list,reason}.ts packages/contract/{steps,terms}.ts',
    packages: 'zod',
  },
  '<service>/store': {
    files: '<service>/src/*.store.ts',
    imports: `<service>/domain packages/chassis/database/database.ts packages/contract/{event,mask,steps,terms}.ts
      packages/chassis/purge.ts packages/chassis/messaging/purge-marks.ts packages/chassis/database/queue-floor.ts`,
    why: 'a store holds SQL and is given its transaction',
  },
  '<service>/metrics': {
    files: '<service>/src/*.metrics.ts',
    imports: `<service>/domain <service>/store packages/chassis/database/database.ts packages/chassis/metric-registry.ts
      packages/contract/{event,terms}.ts`,
  },
  '<service>/provider': {
    files: '<service>/src/provider.{answer,http,simulated}.ts <service>/src/providers.ts',
    imports: `foundation <service>/domain <service>/metrics
      packages/chassis/database/database.ts packages/chassis/tracing/tracing.ts`,
  },
  '<service>/credentials': {
    files: '<service>/src/{address-hashes,keys,new-passwords,passwords,refresh-tokens,tokens}.ts',
    imports: `<service>/domain packages/chassis/http/{errors,route}.ts
      packages/foundation/{access-token,errors,network-address,signing-keys}.ts`,
    packages: 'jsonwebtoken zod @zxcvbn-ts/language-common node:{crypto,fs,util}',
  },
  '<service>/steps': {
    files: '<service>/src/*.steps.ts <service>/src/first-operator.ts',
    imports: `<service>/domain <service>/shapes <service>/store <service>/metrics <service>/credentials
      chassis/base packages/chassis/database/database.ts packages/chassis/http/route.ts
      packages/chassis/messaging/{outbox,published-types}.ts packages/contract/terms.ts packages/foundation/errors.ts`,
    packages: 'node:fs',
    why: 'routes, handlers and sweeps share steps, not the other way round',
  },
  '<service>/requests': {
    files: '<service>/src/*.{intake,limits,overview,stream,wait}.ts',
    imports: `<service>/domain <service>/store packages/chassis/database/database.ts
      packages/chassis/http/{budgets,caller-limits,errors,route}.ts packages/chassis/feed/{feed,unconsumed}.ts
      packages/contract/{event-filter,mask,shown-event,steps,terms}.ts
      packages/foundation/{background-look,pacing,shared-answer,shared-poll}.ts`,
    why: 'routes use it, not the other way round',
  },
  '<service>/routes': {
    files: '<service>/src/*.routes.ts',
    imports: `<service>/domain <service>/shapes <service>/store <service>/metrics <service>/credentials <service>/steps
      <service>/requests chassis/base packages/chassis/database/database.ts packages/chassis/http/{acts,dead-letters,given-id,list,reason,resend,route}.ts
      packages/chassis/messaging/outbox.ts packages/chassis/feed/{feed,offsets,unconsumed}.ts
      packages/contract/{event,event-filter,mask,money,steps,terms}.ts packages/kafka/topics.ts`,
    packages: 'zod re2js',
    apart: true,
    why: 'what routes, handlers and sweeps share is a step',
  },
  '<service>/handlers': {
    files: '<service>/src/*.handlers.ts',
    imports: `<service>/domain <service>/store <service>/metrics <service>/steps foundation
      packages/contract/{event,terms}.ts packages/kafka/poison-events.ts packages/chassis/id.ts
      packages/chassis/database/database.ts packages/chassis/messaging/{handlers,outbox}.ts
      packages/chassis/refused.ts`,
    apart: true,
    why: 'what routes, handlers and sweeps share is a step',
  },
  '<service>/sweeps': {
    files: '<service>/src/*.sweeps.ts',
    imports: `<service>/domain <service>/store <service>/steps foundation
      packages/chassis/{log,purge,retention,sweeps}.ts packages/chassis/database/{database,queue-floor}.ts
      packages/chassis/messaging/{outbox,published-types,purge-marks}.ts packages/chassis/tracing/tracing.ts`,
    apart: true,
    why: 'what routes, handlers and sweeps share is a step',
  },
  '<service>/main': {
    files: '<service>/src/main.ts',
    imports: `<service>/routes <service>/handlers <service>/sweeps <service>/steps <service>/metrics <service>/provider
      <service>/credentials <service>/requests <service>/domain packages/chassis/{config,service}.ts`,
    packages: 'zod',
  },

  // The command line reaches the services through REST and topics, so it needs no package of theirs. One command,
  // reconcile, reads the databases.
  'cli/base': {
    files: 'cli/{cleanup,failure,groups,help-pages,output,shape,version,waiting}.ts',
    imports: 'foundation',
  },
  'cli/files': {
    files: 'cli/input/files.ts',
    imports: 'cli/base packages/foundation/{abort,errors}.ts',
    packages: 'node:{buffer,fs}',
    why: 'every file that mgmt reads is read there',
  },
  'cli/values': {
    files: 'cli/input/{durations,lines,money,numbers,span,times}.ts',
    imports: 'cli/base packages/contract/money.ts',
    packages: 'commander',
  },
  'cli/client': {
    files: 'cli/client/**',
    imports: `cli/base cli/files packages/addresses/{own-folder,state-file}.ts packages/kafka/{brokers,client,security}.ts
      packages/contract/{shown-event,steps,terms}.ts packages/foundation/{abort,backoff,errors,time-limit}.ts`,
    packages: 'node:{crypto,fs,http,https,os,path,timers}',
    why: 'the command line reaches the services through REST and topics',
  },
  'cli/layout': {
    files: 'cli/render/{csv,fields,live,look,table,times,width}.ts',
    imports: 'cli/base',
    packages: 'chalk cli-table3 get-east-asian-width node:util',
  },
  'cli/mgmt': { files: 'cli/mgmt.ts', imports: 'cli/base cli/client cli/layout' },
  'cli/prompts': {
    files: 'cli/input/{confirm,keyboard,password,prompt,reason}.ts',
    imports: 'cli/base cli/files cli/mgmt',
    packages: 'commander inquirer node:child_process',
  },
  'cli/events': {
    files: 'cli/events/**',
    imports:
      'cli/base cli/values cli/client cli/mgmt packages/kafka/{dead-letter-queue,record-codec,shown-event,tail,topics}.ts packages/contract/{event-filter,mask,shown-event,steps}.ts packages/foundation/errors.ts',
    why: 'data does not know how it is rendered',
  },
  'cli/orders': {
    files: 'cli/orders/**',
    imports:
      'cli/base cli/values cli/client cli/mgmt cli/events packages/contract/{money,steps}.ts packages/foundation/{abort,backoff}.ts',
    packages: 'commander node:crypto',
    why: 'data does not know how it is rendered',
  },
  'cli/system': {
    files: 'cli/system/**',
    imports: 'cli/base cli/files cli/client cli/mgmt cli/events cli/orders addresses foundation kafka',
    packages: 'node:{child_process,crypto,path,timers}',
    why: 'data does not know how it is rendered',
  },
  'cli/bulk': {
    files: 'cli/bulk/**',
    imports:
      'cli/base cli/files cli/values cli/client cli/mgmt cli/layout packages/contract/terms.ts packages/foundation/{abort,backoff,errors}.ts',
    packages: 'commander node:{crypto,fs,os,path,stream}',
    why: 'data does not know how it is rendered',
  },
  'cli/render': {
    files: 'cli/render/**.ts',
    except: 'cli/render/{csv,fields,live,look,table,times,width}.ts',
    imports: 'cli/values cli/client cli/layout cli/events cli/orders cli/system cli/bulk packages/contract/money.ts',
    packages: 'node:util',
    why: 'a renderer turns a value into text and prints nothing',
  },
  'cli/board': {
    files: 'cli/board/**',
    imports: `cli/base cli/files cli/values cli/client cli/layout cli/mgmt cli/prompts cli/events cli/orders cli/system
      cli/render/event.ts addresses packages/contract/{event-filter,money,steps,terms}.ts packages/foundation/{abort,errors,heap}.ts`,
    packages: 'node:{child_process,crypto,fs,http,path}',
    why: 'a page in the browser, served by mgmt',
  },
  'cli/commands': {
    files: 'cli/commands/**',
    except: 'cli/commands/reconcile.ts',
    imports: `cli/base cli/files cli/values cli/client cli/layout cli/mgmt cli/prompts cli/events cli/orders cli/system cli/bulk
      cli/board cli/render cli/command cli/command-tree cli/reconcile contract kafka
      packages/foundation/{abort,errors}.ts`,
    packages: 'commander node:{crypto,path,timers}',
  },
  'cli/reconcile': {
    files: 'cli/commands/reconcile.ts',
    imports: 'cli/base cli/values cli/client cli/layout cli/mgmt cli/command packages/foundation/errors.ts',
    loads: 'reconciliation',
    packages: 'commander',
    why: 'the only command that reads the databases, loaded when it runs',
  },
  'cli/command': { files: 'cli/command.ts', imports: 'cli/base cli/mgmt', packages: 'commander' },
  'cli/command-tree': { files: 'cli/command-tree.ts', imports: 'cli/command', packages: 'commander' },
  'cli/command-index': {
    files: 'cli/generated/commands.ts',
    imports: 'cli/command',
    loads: 'cli/commands cli/reconcile',
    why: 'a command is loaded when it is invoked',
  },
  'cli/terminal': {
    files: 'cli/terminal.ts',
    imports: 'cli/base cli/values cli/client cli/layout cli/mgmt',
    packages: 'chalk',
  },
  'cli/main': {
    files: 'cli/main.ts cli/input/complete.ts',
    imports: 'cli/base cli/client cli/layout cli/mgmt cli/command cli/command-index',
    loads:
      'cli/terminal cli/system packages/kafka/topics.ts packages/contract/flows.ts packages/contract/generated/contract.ts',
    packages: 'commander',
  },
}

export const development: Record<string, Room> = {
  local: {
    files: 'local/*.ts local/servers/**',
    imports: 'addresses foundation packages/kafka/{access-admin,admin,client}.ts',
    packages: 'mysql2 pg node:* node:module',
  },
  'local/kubernetes': {
    files: 'local/kubernetes/**',
    imports:
      'addresses local/{certificates,stack}.ts local/servers/programs.ts packages/chassis/messaging/published-types.ts packages/foundation/errors.ts',
    packages: 'node:* node:module',
  },
  'k8s/check': {
    files: 'k8s/check/**',
    imports: 'addresses local/tools.ts packages/chassis/metric-registry.ts packages/foundation/errors.ts',
    packages: 'yaml node:*',
  },
  'k8s/image': { files: 'k8s/image/**', packages: 'node:*' },

  'foundation tests': { files: 'packages/foundation/**.test.ts', imports: 'foundation', packages: 'ava node:*' },
  'addresses tests': { files: 'packages/addresses/**.test.ts', imports: 'addresses', packages: 'ava node:*' },
  'contract tests': { files: 'packages/contract/**.test.ts', imports: 'contract', packages: 'ava fast-check' },
  'kafka tests': {
    files: 'packages/kafka/**.test.ts',
    imports: 'kafka contract addresses test/support/*',
    packages: 'ava fast-check kafkajs node:*',
  },
  'reconciliation tests': {
    files: 'packages/reconciliation/**.test.ts',
    imports: 'reconciliation addresses kafka test/support/*',
    packages: 'ava node:*',
  },
  'chassis tests': {
    files: 'packages/chassis/**.test.ts',
    imports: 'addresses chassis chassis/* contract foundation kafka test/support/*',
    packages: 'ava fast-check pg pino zod @opentelemetry/* node:*',
  },
  '<service> tests': {
    files: '<service>/src/**.test.ts',
    imports:
      '<service>/* addresses chassis chassis/* kafka test/support/* packages/contract/{event,money,shown-event,steps,terms}.ts',
    packages: 'ava fast-check node:*',
  },
  'cli tests': {
    files: 'cli/**.test.ts',
    imports: 'cli/* kafka addresses packages/contract/{money,steps}.ts test/support/stack',
    packages: 'ava fast-check chalk @lydell/node-pty node:*',
  },
  'local tests': {
    files: 'local/**.test.ts',
    imports: 'local local/kubernetes addresses test/support/until.ts',
    packages: 'ava node:*',
  },
  'k8s tests': {
    files: 'k8s/**.test.ts',
    imports: 'k8s/* addresses test/support/slow.ts',
    packages: 'ava yaml node:* node:module',
  },

  'test/support/services': {
    files:
      'test/support/{database,events,http-server,listener,mysql,old-orders,outbox-rows,pending-order,purges,replicas,row-locks,service-endpoints,sweeps}.ts',
    imports: 'addresses contract foundation chassis chassis/* packages/reconciliation/query.ts test/support/until.ts',
    packages: 'ava jsonwebtoken mysql2 pg pino node:*',
  },
  'test/support/stack': {
    files: 'test/support/*.ts',
    except:
      'test/support/{database,events,http-server,listener,mysql,old-orders,outbox-rows,pending-order,purges,replicas,row-locks,service-endpoints,sweeps}.ts',
    imports:
      'addresses kafka reconciliation local cli/layout cli/command cli/command-index cli/shape.ts cli/bulk/records.ts packages/foundation/errors.ts',
    packages: 'ava ajv yaml @lydell/node-pty playwright-core @sparticuz/chromium node:*',
    why: 'it starts and calls the system from outside',
  },
  'test/scenarios': {
    files: 'test/support/scenarios/*.ts',
    imports: `addresses kafka packages/chassis/database/migrations.ts packages/reconciliation/query.ts local/stack.ts k8s/check cli/command test/support/stack
      test/faults/provider/process.ts`,
    packages: 'ava node:*',
    why: 'what the short and the long tests of one promise share',
  },
  'test/support tests': { files: 'test/support/**.test.ts', imports: 'test/support/*', packages: 'ava yaml node:*' },
  'test/system': {
    files: 'test/system/**.test.ts',
    imports: `addresses kafka packages/contract/flows.ts packages/contract/generated/contract.ts
      packages/reconciliation/query.ts local/{own-servers,processes}.ts cli/system/drills.ts
      k8s/check test/support/stack test/scenarios
      test/support/old-orders.ts test/faults/points/{failpoints,scenario}.ts test/faults/provider/process.ts test/faults/brokers/brokers.ts`,
    packages: 'ava axe-core mysql2 pg playwright-core node:*',
    why: 'a system test uses public entry points only',
  },
  'test/age': {
    files: 'test/age/**.test.ts',
    imports: 'contract chassis chassis/* *-service/* test/support/*',
    packages: 'ava',
    why: 'services on databases of their own, with more in them than a stack could make',
  },
  'test/traces': {
    files: 'test/traces/** test/traces/**.test.ts',
    imports: 'contract chassis/* *-service/* test/support/*',
    packages: 'ava',
    why: 'the services together, without Kafka: a test says which event is consumed when',
  },
  'test/faults': {
    files: 'test/faults/**',
    imports: 'addresses foundation contract kafka reconciliation local test/support/* tools/generate/contract/read.ts',
    packages: 'ajv fast-check mysql2 node:*',
  },
  'test/faults tests': {
    files: 'test/faults/**.test.ts',
    imports: 'test/faults addresses kafka test/support/slow.ts tools/generate/contract/read.ts',
    packages: 'ava node:*',
  },
  'test/bench': {
    files: 'test/bench/**',
    imports: `addresses contract foundation kafka reconciliation local chassis/* *-service/* test/support/*`,
    packages: 'node:*',
  },
  'test/bench tests': { files: 'test/bench/**.test.ts', imports: 'test/bench', packages: 'ava node:*' },
  'test/model': {
    files: 'test/model/**.ts',
    imports: '*-service/domain packages/chassis/refused.ts',
    packages: 'node:util',
    why: 'a model stands for itself',
  },
  'test/model tests': {
    files: 'test/model/**.test.ts',
    imports: 'test/model',
    packages: 'ava',
  },
  test: {
    files: 'test/*.ts ava.config.js',
    imports: 'addresses local test/support/shard.ts packages/foundation/errors.ts',
    packages: 'node:*',
  },
  'test tests': {
    files: 'test/*.test.ts',
    imports: 'test addresses local test/support/checkout-copy.ts',
    packages: 'ava node:*',
  },

  'tools/help': {
    files: 'tools/{commands,help}.js',
    why: 'npm run help works before anything is installed',
  },
  'tools/check': {
    files: 'tools/check/**',
    imports: 'addresses chassis/database tools/openapi tools/generate',
    packages: 'ajv @seriousme/openapi-schema-validator oxc-parser node:* node:module',
  },
  'tools/openapi': {
    files: 'tools/openapi/**',
    imports: 'addresses chassis/http *-service/routes *-service/credentials',
  },
  'tools/generate': {
    files: 'tools/generate/**',
    imports: `tools/openapi addresses packages/foundation/errors.ts contract packages/kafka/access.ts chassis/database chassis/http
      packages/chassis/messaging/handlers.ts *-service/handlers cli/base
      cli/command cli/command-index cli/command-tree k8s/check test/support/services tools/check/arrows/{picture,rooms}.ts tools/help`,
    packages: 'ajv esbuild json-schema-to-typescript oxc-parser prettier yaml node:*',
  },
  'tools tests': {
    files: 'tools/**.test.ts',
    imports:
      'tools/* k8s/check addresses cli/groups.ts cli/command-index cli/command-tree contract kafka chassis/database chassis/http reconciliation *-service/routes test/support/services <service>/package.json',
    packages: 'ava mysql2 node:*',
  },

  // Resolved only to find the folder of a service, because its migrations and schema are there.
  '<service>/package.json': { files: '<service>/package.json' },
}

export const computed: Record<string, string> = {
  'packages/chassis/service.ts': 'the folder of the service being run',
  'packages/chassis/database/database.db.test.ts': 'migrations of one service per database',
  'k8s/check/manifest-schema.ts': 'a validator per Kubernetes kind',
  'k8s/check/monitoring/known-metrics.ts': 'every *.metrics.ts',
  'test/support/database.ts': 'migrations of the service under test',
  'tools/check/document-schema.ts': 'the AsyncAPI schema of a version',
  'tools/generate/command-index.ts': 'every command of mgmt',
  'tools/check/migrations.db.test.ts': 'migrations of every service',
}
