// Generated from events/ by `npm run generate`. Do not edit.

import type { EventType } from './contract.ts'

export type Sensitivity = 'personal' | 'payment'

/** `shown` for a plain value, a sensitivity for what is masked with all that is in it; a list has one entry. */
export type Field = 'shown' | Sensitivity | Fields | readonly [Field]

export interface Fields {
  readonly [name: string]: Field
}

export const fieldsOf: Readonly<Record<EventType, Fields>> = {
  "operator.acted": {
    "actId": "shown",
    "act": "shown",
    "by": {
      "userId": "shown",
      "username": "personal",
      "role": "shown"
    },
    "from": "personal",
    "on": {
      "kind": "shown",
      "id": "shown"
    },
    "orderId": "shown",
    "reason": "personal",
    "detail": "personal"
  },
  "item.created": {
    "sku": "shown",
    "name": "shown",
    "unitPrice": "shown",
    "currency": "shown"
  },
  "item.updated": {
    "sku": "shown",
    "name": "shown",
    "unitPrice": "shown",
    "currency": "shown"
  },
  "stock.adjusted": {
    "sku": "shown",
    "delta": "shown",
    "reason": "shown",
    "available": "shown",
    "location": "shown"
  },
  "stock.committed": {
    "orderId": "shown",
    "lines": [
      {
        "sku": "shown",
        "quantity": "shown"
      }
    ],
    "shipmentId": "shown",
    "location": "shown"
  },
  "stock.rejected": {
    "orderId": "shown",
    "reason": "shown",
    "shortages": [
      {
        "sku": "shown",
        "requested": "shown",
        "available": "shown"
      }
    ]
  },
  "stock.released": {
    "orderId": "shown",
    "lines": [
      {
        "sku": "shown",
        "quantity": "shown"
      }
    ],
    "requestId": "shown"
  },
  "stock.reserved": {
    "orderId": "shown",
    "customerId": "shown",
    "total": "shown",
    "currency": "shown",
    "paymentToken": "payment",
    "allocations": [
      {
        "location": "shown",
        "sku": "shown",
        "quantity": "shown"
      }
    ]
  },
  "stock.returned": {
    "orderId": "shown",
    "returnId": "shown",
    "from": "shown",
    "to": "shown",
    "lines": [
      {
        "sku": "shown",
        "quantity": "shown",
        "condition": "shown"
      }
    ]
  },
  "order.accepted": {
    "orderId": "shown",
    "customerId": "shown",
    "lines": [
      {
        "sku": "shown",
        "quantity": "shown"
      }
    ],
    "shippingAddress": "personal",
    "allocations": [
      {
        "location": "shown",
        "sku": "shown",
        "quantity": "shown"
      }
    ]
  },
  "order.cancel_requested": {
    "orderId": "shown",
    "requestId": "shown",
    "lines": [
      {
        "sku": "shown",
        "quantity": "shown"
      }
    ],
    "detail": "shown",
    "requestedBy": "shown"
  },
  "order.cancelled": {
    "orderId": "shown",
    "reason": "shown",
    "detail": "shown",
    "cancelledBy": "shown",
    "requestId": "shown"
  },
  "order.completed": {
    "orderId": "shown"
  },
  "order.created": {
    "orderId": "shown",
    "customerId": "shown",
    "lines": [
      {
        "sku": "shown",
        "quantity": "shown",
        "unitPrice": "shown"
      }
    ],
    "total": "shown",
    "currency": "shown",
    "paymentToken": "payment",
    "shippingAddress": "personal",
    "expiresAt": "shown"
  },
  "order.lines_cancelled": {
    "orderId": "shown",
    "requestId": "shown",
    "lines": [
      {
        "location": "shown",
        "sku": "shown",
        "quantity": "shown"
      }
    ],
    "refund": {
      "refundId": "shown",
      "amount": "shown"
    }
  },
  "order.lines_returned": {
    "orderId": "shown",
    "returnId": "shown",
    "lines": [
      {
        "sku": "shown",
        "quantity": "shown"
      }
    ],
    "refund": {
      "refundId": "shown",
      "amount": "shown"
    }
  },
  "order.rejected": {
    "orderId": "shown",
    "reason": "shown",
    "shortages": [
      {
        "sku": "shown",
        "requested": "shown",
        "available": "shown"
      }
    ]
  },
  "retention.passed": {
    "details": {
      "before": "shown",
      "kept": [
        "shown"
      ]
    },
    "orders": {
      "before": "shown",
      "kept": [
        "shown"
      ]
    }
  },
  "payment.failed": {
    "orderId": "shown",
    "paymentId": "shown",
    "amount": "shown",
    "currency": "shown",
    "reason": "shown"
  },
  "payment.refund_failed": {
    "orderId": "shown",
    "paymentId": "shown",
    "refundId": "shown",
    "amount": "shown",
    "currency": "shown",
    "reason": "shown",
    "attempt": "shown"
  },
  "payment.refunded": {
    "orderId": "shown",
    "paymentId": "shown",
    "amount": "shown",
    "currency": "shown",
    "reason": "shown",
    "refundId": "shown",
    "byHand": "shown"
  },
  "payment.succeeded": {
    "orderId": "shown",
    "paymentId": "shown",
    "amount": "shown",
    "currency": "shown"
  },
  "return.cancelled": {
    "orderId": "shown",
    "returnId": "shown",
    "shipmentId": "shown"
  },
  "return.found": {
    "orderId": "shown",
    "returnId": "shown",
    "shipmentId": "shown",
    "lostIn": "shown",
    "from": "shown",
    "to": "shown",
    "lines": [
      {
        "sku": "shown",
        "quantity": "shown",
        "condition": "shown"
      }
    ]
  },
  "return.received": {
    "orderId": "shown",
    "returnId": "shown",
    "shipmentId": "shown",
    "kind": "shown",
    "from": "shown",
    "to": "shown",
    "lines": [
      {
        "sku": "shown",
        "quantity": "shown",
        "condition": "shown"
      }
    ]
  },
  "return.requested": {
    "orderId": "shown",
    "returnId": "shown",
    "shipmentId": "shown",
    "kind": "shown",
    "lines": [
      {
        "sku": "shown",
        "quantity": "shown"
      }
    ],
    "restOf": "shown",
    "detail": "shown",
    "requestedBy": "shown"
  },
  "shipment.delivered": {
    "orderId": "shown",
    "shipmentId": "shown",
    "deliveredAt": "shown"
  },
  "shipment.lines_withdrawn": {
    "orderId": "shown",
    "requestId": "shown",
    "withdrawn": [
      {
        "location": "shown",
        "sku": "shown",
        "quantity": "shown"
      }
    ],
    "refused": [
      {
        "sku": "shown",
        "quantity": "shown"
      }
    ]
  },
  "shipment.lost": {
    "orderId": "shown",
    "shipmentId": "shown",
    "detail": "shown"
  },
  "shipment.opened": {
    "orderId": "shown",
    "shipmentId": "shown",
    "location": "shown",
    "lines": [
      {
        "sku": "shown",
        "quantity": "shown"
      }
    ],
    "lateAt": "shown"
  },
  "shipment.shipped": {
    "orderId": "shown",
    "shipmentId": "shown",
    "carrier": "shown",
    "trackingNumber": "shown",
    "location": "shown",
    "lines": [
      {
        "sku": "shown",
        "quantity": "shown"
      }
    ]
  },
  "shipment.undeliverable": {
    "orderId": "shown",
    "shipmentId": "shown",
    "detail": "shown"
  },
  "session.revoked": {
    "userId": "shown",
    "sessionId": "shown",
    "reason": "shown"
  },
  "user.disabled": {
    "userId": "shown",
    "username": "personal",
    "rightsVersion": "shown",
    "disabledBy": "shown"
  },
  "user.enabled": {
    "userId": "shown",
    "username": "personal",
    "rightsVersion": "shown",
    "enabledBy": "shown"
  },
  "user.password_changed": {
    "userId": "shown",
    "username": "personal",
    "rightsVersion": "shown",
    "changedBy": "shown"
  },
  "user.role_changed": {
    "userId": "shown",
    "username": "personal",
    "role": "shown",
    "previousRole": "shown",
    "changedBy": "shown",
    "rightsVersion": "shown"
  },
  "user.signed_up": {
    "userId": "shown",
    "username": "personal",
    "role": "shown"
  }
}
