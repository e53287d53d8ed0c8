/** Writes docs/kafka-access.md from packages/kafka/access.ts; with --check it only compares. `npm run generate` runs it. */
import {
  accessList,
  connectPrincipal,
  mgmtPrincipal,
  principals,
  setUpPrincipal,
  type Access,
} from '@docket/kafka/access.ts'
import { generated } from './generated-file.ts'

const what: Record<string, string> = {
  [mgmtPrincipal]: '`mgmt`: reads, and changes nothing',
  [setUpPrincipal]: 'who runs `create-topics --acls`',
  [connectPrincipal]: 'the workers of Kafka Connect, only with `OUTBOX=debezium`',
}

const named = ({ name, pattern }: Access) => (pattern === 'prefixed' ? `\`${name}…\`` : `\`${name}\``)

function row(principal: string): string {
  const ofPrincipal = accessList.filter(access => access.principal === principal)
  const rights = Map.groupBy(ofPrincipal, ({ resource, operation }) => `${operation} ${resource}`)
  const cells = [...rights].map(([right, some]) => `${right}: ${some.map(named).join(', ')}`)
  return `| \`${principal}\` | ${what[principal] ?? 'the service'} | ${cells.join('<br>')} |`
}

function commands(principal: string): string[] {
  const ofPrincipal = accessList.filter(access => access.principal === principal)
  const resources = Map.groupBy(ofPrincipal, ({ resource, name, pattern }) => `${resource} ${name} ${pattern}`)
  return [...resources.values()].map(some => {
    const [{ resource, name, pattern }] = some as [Access] // groups are never empty
    const where = resource === 'cluster' ? '--cluster' : `--${resource} '${name}'`
    const operations = some.map(({ operation }) => `--operation ${operation}`).join(' ')
    const prefixed = pattern === 'prefixed' ? ' --resource-pattern-type prefixed' : ''
    return `    kafka-acls.sh … --add --allow-principal User:${principal} ${operations} ${where}${prefixed}`
  })
}

const page = `<!-- Generated from packages/kafka/access.ts by \`npm run generate\`. Do not edit. -->

# Who may do what in Kafka

A login for each service and for \`mgmt\`, and for each what it needs: made from what the services consume and publish.
Only the service that publishes to a topic may write it, so that no other can forge its events. All services read
\`user-events\` without a group: who was logged out or has lost a role. order-service reads all topics without a group,
for the [feed](feed.md).

| login | who it is | may |
| --- | --- | --- |
${principals.map(row).join('\n')}

\`Read\` and \`Write\` include \`Describe\`. The whole list is granted, where it is missing, by a login that may
(\`Alter\` on the cluster; the first time an administrator of yours):

    node packages/kafka/create-topics.ts --acls

It takes nothing away, and names rights of these logins that it did not expect. A test holds the list on a Kafka with
KRaft's StandardAuthorizer: \`test/system/access.db.test.ts\`; the whole stack: \`test/system/secured.long.test.ts\`.

## By hand

With \`--bootstrap-server\` and \`--command-config\` in place of the dots. Logins are made by
\`kafka-configs.sh … --alter --entity-type users --entity-name LOGIN --add-config 'SCRAM-SHA-512=[password=…]'\`.

${principals.flatMap(commands).join('\n')}
`

await generated('docs/kafka-access.md', page, 'access.ts says')
