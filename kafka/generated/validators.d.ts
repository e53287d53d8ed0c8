// Generated from events/ by `npm run generate`. Do not edit.

export interface Problem {
  instancePath: string
  message?: string
  params: Record<string, unknown>
}

/** True when the data is as the schema says; otherwise `errors` says why not. */
export interface Check {
  (data: unknown): boolean
  errors?: Problem[] | null
}

export const ItemCreated: Check
export const ItemUpdated: Check
export const StockAdjusted: Check
export const StockCommitted: Check
export const StockRejected: Check
export const StockReleased: Check
export const StockReserved: Check
export const OrderAccepted: Check
export const OrderCancelled: Check
export const OrderCompleted: Check
export const OrderCreated: Check
export const OrderRejected: Check
export const PaymentFailed: Check
export const PaymentRefunded: Check
export const PaymentSucceeded: Check
export const ShipmentShipped: Check
export const SessionRevoked: Check
export const UserRoleChanged: Check
export const UserSignedUp: Check
