export const helpPages: Readonly<Record<string, string>> = {
  'exit-codes': `Exit codes

    0  done; of an order that was waited for: it was completed
    1  failed: a service refused it, or something unexpected happened
    2  wrong usage: a command, a flag or a value that does not exist; nothing was done
    3  what was waited for ended otherwise: an order was rejected or cancelled, some of what was to be cancelled had
       left, or a refund was declined
    4  not logged in, or not allowed
    5  something that is needed cannot be reached: a service, or Kafka
    6  all else went well, but the output cannot be written, as on a full disk; what a command changes is changed,
       and what it prints is on stderr
  124  --timeout was over
  130  interrupted by Ctrl-C

A command that only reads ends, with 0, when who reads its output has gone (mgmt orders list | head -1). One that changes things
goes on to its end, and its status says how it ended; so does one whose stderr is closed or full.

A failure is reported on stderr: what happened, what to do next, and the request id. With -o json or -o jsonl it is one object there:
  {"error": {"code", "message", "errors"?: [{"path", "message"}], "next"?, "requestId"?}}

Examples:
  $ mgmt orders create --line mug=2 --wait --timeout 60s || echo "ended with $?"
  $ mgmt status > /dev/null || mgmt doctor
`,
  environment: `Environment

Precedence: flag, variable, context, the stack on this machine.

  MGMT_CONTEXT           the context to use, as --context
  MGMT_USER_URL          where user-service is, as --user-url; in the same way
  MGMT_ORDER_URL, MGMT_INVENTORY_URL, MGMT_PAYMENT_URL, MGMT_SHIPPING_URL
  MGMT_KAFKA_BROKERS     host:port or [::1]:port of brokers, separated by commas, as --kafka-brokers
  MGMT_KAFKA_SSL         true: Kafka wants TLS; MGMT_KAFKA_SSL_CA_FILE: PEM file with the authority that signed the certificates of its brokers
  MGMT_KAFKA_SASL_MECHANISM, MGMT_KAFKA_SASL_USERNAME, MGMT_KAFKA_SASL_PASSWORD
                         the login of Kafka: plain, scram-sha-256 or scram-sha-512. A context keeps one for its own brokers:
                         others, by --kafka-brokers or MGMT_KAFKA_BROKERS, are told only what these variables say
  PORT_OFFSET            moves the ports of the stack on this machine
  LOCAL_DIR              where the stack on this machine keeps its data; drill, dev token and events send run on no other
  XDG_CONFIG_HOME        sessions and contexts are kept in its folder mgmt; by default ~/.config. In a checkout, an account without
                         a home that it can write to has one there, in .home
  TZ                     the zone that times are shown and read in, such as Europe/Berlin; by default that of the machine
  NO_COLOR               no colour, when it is not empty; FORCE_COLOR: colour in pipes too; TERM=dumb: none, and no moving lines
  COLUMNS                columns to fit, instead of the terminal's
  MGMT_ORDERS_DATABASE_URL, MGMT_INVENTORY_DATABASE_URL, MGMT_PAYMENTS_DATABASE_URL, MGMT_SHIPPING_DATABASE_URL
                         the databases that mgmt reconcile reads; with TLS as their sslmode says: require or verify-full
  MGMT_DATABASE_CA_FILE  certificates (PEM) of who signed those of the databases
  MGMT_DATABASE_TLS      required: a database without TLS is not read

Examples:
  $ MGMT_CONTEXT=staging mgmt status
  $ NO_COLOR=1 mgmt events tail
`,
  formatting: `Formatting

stdout carries data, and nothing else; notes, progress, questions and failures go to stderr.

  -o table    for people: columns that fit the terminal; long values are shortened
  -o json     for programs: one value, whole; a list and a stream are one array
  -o jsonl    for programs: one value a line; each is complete as soon as it is there
  -o csv      for spreadsheets: UTF-8, commas, the names of the fields first; lists and objects in a cell are JSON. Text that begins
              with = + - @ (or spaces and these), a tab or CR gets a ' before it, so that no spreadsheet takes it for a formula, and control characters are
              removed; mgmt items import takes the ' off again. --raw leaves all as it is

  --fields a,b   only these fields, in this order, in every format; an unknown one lists the available fields
  -q             no notes on stderr
  --color        auto: where it is a terminal; always; never

Money is in minor units of its currency in JSON (450 EUR are 4.50), and written out in tables.
Times are local in tables, with their offset, and UTC in JSON. In a flag, a time without a zone is local. --utc: UTC for both.
An hour that the clock skipped or repeated is refused, with the spelling to use.
Control characters in what other people wrote are removed from tables; JSON escapes them. Waits of more than 3 s are named on stderr.

Examples:
  $ mgmt orders list --fields id,status,total
  $ mgmt items list --all -o csv > items.csv; mgmt items import items.csv --context other
  $ mgmt orders list --status cancelled -o jsonl | jq -r .reason | sort | uniq -c
  $ mgmt events tail --since 5m --no-follow -o jsonl | wc -l
`,
}
