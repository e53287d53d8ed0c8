import type * as answers from './generated/answers.ts'
import { exit, Failure } from '../failure.ts'
import type { Reply } from './request.ts'

/** A proxy may send less than a service does. */
type Problem = Partial<answers.Problem>

export function failureOf({ status, headers, body }: Reply, what: string): Failure {
  const problem = (typeof body === 'object' && body !== null ? body : {}) as Problem
  const requestId =
    problem.requestId ?? (typeof headers['x-request-id'] === 'string' ? headers['x-request-id'] : undefined)
  return new Failure(problem.detail ?? problem.title ?? `Could not ${what}: the service answered ${status}.`, {
    status:
      status === 401 || status === 403
        ? exit.notAllowed
        : status === 503 || status === 502 || status === 504
          ? exit.unreachable
          : exit.failed,
    code: problem.code ?? `http_${status}`,
    ...(requestId && { requestId }),
    ...(problem.errors && { errors: problem.errors }),
    isReplay: headers['idempotency-replayed'] === 'true',
    ...nextAfter(status, problem.code, what),
  })
}

const nextByCode: Readonly<Record<string, string>> = {
  wrong_role: 'log in as an operator: mgmt login USERNAME',
  wrong_credentials: 'type the name and the password again; without an account: mgmt signup USERNAME',
  new_password_required: 'choose one at a terminal, or with --new-password-file FILE: mgmt login USERNAME',
  not_for_one_use: 'log in without a new password, then: mgmt password change',
  password_expired: 'ask an operator for another one: mgmt users reset-password USERNAME',
  account_disabled: 'ask an operator: mgmt users enable USERNAME',
  wrong_password: 'type the password that you log in with, then the new one: mgmt password change',
  own_account: 'ask another operator; your own password: mgmt password change',
  username_taken: 'choose another name, or if it is yours: mgmt login USERNAME',
  last_operator: 'make somebody else an operator first: mgmt users set-role USERNAME operator',
  sku_taken: 'choose another sku, or change that item: mgmt items update SKU, mgmt items adjust SKU',
  not_accepted_yet:
    'wait for that: mgmt orders cancel ORDER-ID --line SKU=N --wait; or cancel all of it, without --line',
  already_shipped: 'see what has left with: mgmt orders show ORDER-ID',
  not_ordered: 'see the lines of the order with: mgmt orders show ORDER-ID',
  not_stuck: 'see which payments are stuck: mgmt payments list --stuck',
  refund_owed: 'try it again: mgmt payments retry ORDER-ID',
  not_in_shipment: 'see what is in it with: mgmt shipments show SHIPMENT-ID',
  tracking_number_taken: 'find the other with: mgmt shipments list --carrier NAME',
  nothing_shipped: 'see what has left with: mgmt orders show ORDER-ID',
  in_other_return: 'see what left in which shipment, and its returns, with: mgmt orders show ORDER-ID',
  not_in_return: 'see what is in it with: mgmt returns show RETURN-ID',
  unknown_location: 'see which there are: mgmt locations list',
  exceeds_captured: 'see what is left of it with: mgmt payments show ORDER-ID',
  not_paid: 'see what became of it with: mgmt payments show ORDER-ID',
  not_failed: 'see which refunds failed: mgmt refunds list --status failed',
  insufficient_stock: 'see what is available: mgmt items show SKU',
  idempotency_key_reused: 'repeat exactly what was sent under this key, or give another with --idempotency-key',
}

const listed = /\/(orders|items|shipments|returns|refunds|payments|locations|users)\//

function nextAfter(status: number, code: string | undefined, what: string): { next: string } | object {
  if (code !== undefined && Object.hasOwn(nextByCode, code)) return { next: nextByCode[code] }
  if (status === 503) return { next: 'it is safe to try again in a moment; see what is unavailable: mgmt status' }
  if (status === 429) return { next: 'wait a while, then try again' }
  if (status === 404) {
    const kind = listed.exec(what)?.[1]
    return { next: `list what exists: ${kind ? `mgmt ${kind} list` : 'mgmt orders list, mgmt items list'}` }
  }
  if (status === 409 && code?.startsWith('shipment_'))
    return { next: 'see where it is with: mgmt shipments show SHIPMENT-ID' }
  if (status === 409 && code?.startsWith('already_'))
    return { next: 'see how it went on with: mgmt orders trace ORDER-ID' }
  if (status === 413 || status === 422) return { next: 'mend these values, then repeat the command' }
  if (status >= 500) return { next: 'see the log of the service; see what is unavailable: mgmt doctor' }
  return { next: 'see whether mgmt and the services are of one version with: mgmt doctor' }
}
