// Every command of the repository: `npm run help` lists them, and CONTRIBUTING quotes those about testing. Plain
// JavaScript without imports, because it must run before anything is installed, on any version of Node.

/** @type {Record<string, [command: string, summary: string][]>} */
export const commands = {
  'Run Docket': [
    ['./bin/demo.sh', 'Install, start everything and fulfil three orders'],
    ['./bin/up-local.sh', 'Start the local stack, or whatever part of it is down; --servers: without the services'],
    ['./bin/down-local.sh', 'Stop the local stack; --purge: delete its data too'],
    ['./bin/logs-local.sh [SERVICE...] [-f]', 'Show the logs of the local stack; -f: follow them'],
    ['./bin/mgmt --help', 'Show what operators and customers can do'],
    ['npm run reconcile', 'Check every invariant on the running stack'],
    ['npm run keys -- jwks', 'Print the public keys that verify tokens, for JWKS_URL=file://…'],
    ['npm run help', 'List these commands'],
  ],

  Test: [
    ['./bin/test.sh', 'Run the checks and all tests except the long ones: less than ten minutes'],
    [
      './bin/test.sh --long --shard 1/10',
      'Run a tenth of the long tests: five minutes; without --shard, all: 50 minutes',
    ],
    ['./bin/test.sh inventory-service/src/*.test.ts', 'Run single test files, with servers'],
    ['npm test', 'The same as ./bin/test.sh'],
    ['npm test -w cli', 'Run the tests of one folder, with servers'],
    ['./bin/test.sh --keep', 'Leave the servers running, and print the settings with which `npx ava FILE` uses them'],
    ['npm run model', 'Explore every state that the rules of fulfilment allow: a minute; -- --all: larger scenarios'],
    ['npm run model -- --without-each', 'Leave out each rule in turn, and check that the model notices'],
    ['npm run check', 'Check types, lint, imports, formats, generated files, events and more: seconds'],
    ['.ci/run', 'Run what CI runs: the short run, and a tenth of the long tests, selected by the commit'],
  ],

  'Single checks': [
    ['npm run check:types', 'Check types'],
    ['npm run check:lint', 'Lint TypeScript and JavaScript'],
    ['npm run check:arrows', 'Check that every import is allowed by the table of rooms'],
    ['npm run check:format', 'Check the format of TypeScript and Markdown'],
    ['npm run check:dead', 'Find unused files, exports and dependencies'],
    ['npm run check:generated', 'Check that generated files are up to date'],
    ['npm run check:events', 'Check that event types stay compatible with the last commit'],
    ['npm run check:schema', 'Check each schema.sql, against its database if that is running'],
    ['npm run check:forgotten', 'Report what was forgotten: a test, a publisher or consumer, a line in CHANGELOG'],
    ['npm run check:documents', 'Check openapi.json and asyncapi.json against their specifications'],
    ['npm run check:alerts', 'Check alert rules, dashboards and runbooks'],
    ['npm run k8s:check', 'Check the Kubernetes manifests'],
    ['npm run observability:check', 'Test the alert rules with promtool, which is downloaded on systems with apt'],
  ],

  'Write files': [
    ['npm run generate', 'Rewrite every generated file'],
    ['npm run format', 'Format TypeScript and Markdown'],
    ['npm run schema', 'Rewrite each schema.sql from its migrations; needs the servers'],
    ['npm run migration SERVICE NAME', 'Create the next pair of migrations, up and down'],
    ['npm run released', 'Record what a new release contains, for check:forgotten'],
    ['npm run tour', 'Rewrite the tour in README; needs the stack'],
    ['npm run recording', 'Record docs/recording.svg, which README shows; needs the stack'],
  ],

  'Longer runs, each on servers of its own': [
    ['npm run bench -- --quick', 'Measure what an order costs; without --quick: about 20 minutes'],
    ['npm run bench -- --only flood', 'Measure how a flood from one customer affects another'],
    ['npm run bench -- --only profile', 'Profile every service, to see where the time of an order goes: six minutes'],
    ['npm run bench -- --guard', 'Check that an order costs no more CPU than before: two minutes'],
    [
      'npm run bench -- --board stream --minutes 1',
      'Show a thousand events a second on a board: p95, memory; by default five minutes',
    ],
    ['npm run bench -- --board cost', 'Compare what an order costs the services with a board open and without one'],
    ['npm run bench -- --compare main', 'Compare the CPU time and latency of an order with another revision'],
    ['npm run faults:points -- --shard 1/6', 'Try every fault at every failpoint; without --shard: about an hour'],
    ['npm run faults:chaos -- --seed 1 --minutes 10', 'Run a load, with faults on a schedule derived from the seed'],
    ['npm run faults:chaos -- --replicas 2', 'The same, with two replicas of each service'],
    ['npm run faults:brokers', 'Run a load while brokers of a cluster are killed and leaders move'],
    ['npm run faults:race', 'Dispatch and cancel the same orders at the same moment'],
    ['npm run faults:boot', 'Start everything in every order, and stop each server for a minute'],
    ['npm run faults:mutants', 'Plant bugs, one at a time, and check that a test notices each'],
    [
      'npm run conformance -- --service shipping-service',
      'Test one service, in any language, through its topics and signals only',
    ],
    ['npm run fuzz', 'Send 100,000 invalid and hostile requests to every endpoint'],
    ['npm run fuzz -- --masked', 'Look as an observer, 10,000 times, for values that are masked'],
    ['npm run debezium:test', 'Replace the relays with Debezium, kill Kafka Connect, and switch back'],
  ],

  Kubernetes: [
    ['./bin/deploy-k8s-local.sh', 'Deploy to a small cluster of your own; run again: update without losing a request'],
    ['./bin/deploy-k8s-local.sh SERVICE', 'Deploy one service, and the servers that it needs'],
    [
      './bin/push-images.sh REGISTRY',
      'Build the images and push them to a registry; --dry-run: print what it would do',
    ],
    ['./bin/management-cli-local.sh status', 'Run mgmt in a pod of the cluster'],
    ['./bin/teardown-k8s-local.sh', 'Delete everything that was deployed from the cluster'],
    ['npm run k8s:test', 'Test everything that k8s/ promises on a real cluster'],
  ],

  'Old names': [['npm run check:books', 'The same as npm run reconcile']],
}

export function columns(entries, width = Math.max(...entries.map(([command]) => command.length))) {
  return entries.map(([command, summary]) => `${command.padEnd(width)}  ${summary}`).join('\n')
}
