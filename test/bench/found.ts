import type { CliStart } from './measures/cli-start.ts'
import type { Drain } from './measures/drain.ts'
import type { Flood } from './measures/flood.ts'
import type { HandlersAlone } from './measures/handlers-alone.ts'
import type { Idle } from './measures/idle.ts'
import type { KafkaAlone } from './measures/kafka-alone.ts'
import type { Latency } from './measures/latency.ts'
import type { PlainSqlLimits } from './measures/plain-sql.ts'
import type { Rebalanced, Replicas, Shared } from './measures/replicas.ts'
import type { OpenLoop, Saturation } from './measures/saturation.ts'
import type { TailSpeed } from './measures/tail.ts'
import type { TracingCost } from './measures/tracing.ts'
import type { Metered } from './others.ts'
import type { Profile } from './profile/profile.ts'
import type { Figure } from './statistics.ts'
import type { ThisRun } from './this-run.ts'

export interface Found extends ThisRun {
  cli?: Metered<CliStart>
  plainSql?: PlainSqlLimits
  handlers?: HandlersAlone
  kafka?: Metered<KafkaAlone>
  ones?: Metered<Figure>
  idle?: Metered<Idle>
  saturation?: Saturation
  latency?: Metered<Latency>[]
  hot?: Metered<Figure>
  overload?: Metered<OpenLoop>
  drain?: Metered<Drain>[]
  tail?: Metered<TailSpeed>
  tracing?: Metered<TracingCost>
  replicas?: { scale: Replicas[]; rebalanced: Metered<Rebalanced>; shared: Metered<Shared> }
  flood?: Metered<Flood>
  profile?: Metered<Profile>[]
  growth?: { finished: number; drain: Metered<Drain> }
}
