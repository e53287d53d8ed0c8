// Every command of the repository: `npm run help` prints it, and CONTRIBUTING shows the parts about testing. Plain
// JavaScript without imports: it runs before anything is installed, on whatever Node there is.

/** @type {Record<string, [command: string, summary: string][]>} */
export const commands = {
  'Run Docket': [
    ['./bin/demo.sh', 'Install, start everything and fulfil three orders'],
    ['./bin/up-local.sh', 'Start the local stack, or whatever of it has died; --servers: without the services'],
    ['./bin/down-local.sh', 'Stop the local stack; --purge: delete its data too'],
    ['./bin/logs-local.sh [SERVICE...] [-f]', 'Show the logs of the local stack; -f: follow them'],
    ['./bin/mgmt --help', 'Show what operators and customers can do'],
    ['npm run reconcile', 'Check every invariant on the running stack'],
    ['npm run keys -- jwks', 'Print the keys that verify tokens, as JWKS_URL=file:// reads them'],
    ['npm run help', 'List these commands'],
  ],

  Test: [
    ['./bin/test.sh', 'Run the checks and all tests but the long ones: less than ten minutes'],
    ['./bin/test.sh --long --shard 1/10', 'Run a tenth of the long tests: five minutes. All of them: 45'],
    ['./bin/test.sh inventory-service/src/*.test.ts', 'Run some files, with servers'],
    ['npm test', 'The same as ./bin/test.sh'],
    ['npm test -w cli', 'Run the tests of one folder, with servers'],
    ['./bin/test.sh --keep', 'Leave the servers running, and print what `npx ava FILE` needs to use them'],
    ['npm run model', 'Explore every state that the rules of fulfilment allow: a minute; -- --all: more of them'],
    ['npm run model -- --without-each', 'Leave out each of these rules in turn: the model must notice'],
    ['npm run check', 'Check types, lint, imports, formats, generated files and events: seconds'],
    ['.ci/run', 'Do as CI does: the short run, and a tenth of the long tests, which the commit chooses'],
  ],

  'Single checks': [
    ['npm run check:types', 'Check types'],
    ['npm run check:lint', 'Lint TypeScript and JavaScript'],
    ['npm run check:arrows', 'Check that every import is allowed'],
    ['npm run check:format', 'Check the format of TypeScript and Markdown'],
    ['npm run check:dead', 'Find files, exports and dependencies that are not used'],
    ['npm run check:generated', 'Check that generated files equal their source'],
    ['npm run check:events', 'Check that event types stay compatible with the last commit'],
    ['npm run check:schema', 'Check each schema.sql, by its database where that is up'],
    ['npm run check:forgotten', 'Name what was forgotten: a test, a publisher or consumer, a line in CHANGELOG'],
    ['npm run check:documents', 'Check openapi.json and asyncapi.json against their specifications'],
    ['npm run check:alerts', 'Check alert rules, dashboards and runbooks'],
    ['npm run k8s:check', 'Check the Kubernetes manifests'],
    ['npm run observability:check', 'Test the alert rules by promtool, which is fetched where there is apt'],
  ],

  'Write files': [
    ['npm run generate', 'Rewrite every generated file'],
    ['npm run format', 'Format TypeScript and Markdown'],
    ['npm run schema', 'Rewrite each schema.sql from its migrations; needs the servers'],
    ['npm run migration SERVICE NAME', 'Make the next pair of migrations, up and down'],
    ['npm run released', 'Note what a release has, for check:forgotten; when it is made'],
    ['npm run tour', 'Rewrite the tour in README; needs the stack'],
    ['npm run recording', 'Record docs/recording.svg, which README shows; needs the stack'],
  ],

  'Longer runs, each on servers of its own': [
    ['npm run bench -- --quick', 'Measure what an order costs; without --quick: about 20 minutes'],
    ['npm run bench -- --only flood', 'Measure what one customer notices while another floods order-service'],
    ['npm run bench -- --only profile', 'Profile every service, and say where the time of an order goes: six minutes'],
    ['npm run bench -- --guard', 'Check that an order costs no more CPU than it did: two minutes'],
    ['npm run bench -- --compare main', 'Compare the CPU and the times of an order with another revision'],
    ['npm run faults:points -- --shard 1/6', 'Try every fault at every failpoint; all: about an hour'],
    ['npm run faults:chaos -- --seed 1 --minutes 10', 'Run load, and faults on the schedule that the seed makes'],
    ['npm run faults:chaos -- --replicas 2', 'The same with two replicas of each service'],
    ['npm run faults:brokers', 'Kill and move three brokers'],
    ['npm run faults:boot', 'Start in every order, and take each server away for a minute'],
    ['npm run faults:mutants', 'Plant bugs, and check that a test notices each'],
    [
      'npm run conformance -- --service shipping-service',
      'Drive one service, in any language, by its topics and signals only',
    ],
    ['npm run fuzz', 'Send 100,000 invalid and hostile requests to every endpoint'],
    ['npm run debezium:test', 'Put Debezium in place of the relays, kill Kafka Connect, and change back'],
  ],

  Kubernetes: [
    ['./bin/deploy-k8s-local.sh', 'Deploy to a small cluster of your own; again: update without a lost request'],
    ['./bin/deploy-k8s-local.sh SERVICE', 'Deploy one service alone, and what it needs'],
    ['./bin/push-images.sh REGISTRY', 'Build the images and push them to a registry; --dry-run says what it would do'],
    ['./bin/management-cli-local.sh status', 'Run mgmt in a pod of the cluster'],
    ['./bin/teardown-k8s-local.sh', 'Delete from the cluster what was deployed'],
    ['npm run k8s:test', 'Check the promises of k8s/ on a real cluster'],
  ],

  'Old names': [['npm run check:books', 'The same as npm run reconcile']],
}

export function columns(entries, width = Math.max(...entries.map(([command]) => command.length))) {
  return entries.map(([command, summary]) => `${command.padEnd(width)}  ${summary}`).join('\n')
}
