// Generated from events/ by `npm run generate`. Do not edit.
export const shared = {
  "id": {
    "type": "string",
    "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
  },
  "time": {
    "type": "string",
    "pattern": "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?Z$"
  },
  "sku": {
    "type": "string",
    "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
  },
  "quantity": {
    "type": "integer",
    "minimum": 1,
    "maximum": 1000000
  },
  "minorUnits": {
    "type": "integer",
    "minimum": 0,
    "maximum": 9007199254740991
  },
  "currency": {
    "type": "string",
    "pattern": "^[A-Z]{3}$"
  },
  "paymentToken": {
    "type": "string",
    "minLength": 1,
    "maxLength": 128
  },
  "cardToken": {
    "type": "string",
    "pattern": "^[A-Za-z0-9_-]{1,128}$"
  },
  "address": {
    "type": "object",
    "required": [
      "name",
      "line1",
      "postalCode",
      "city",
      "country"
    ],
    "properties": {
      "name": {
        "type": "string",
        "minLength": 1,
        "maxLength": 200
      },
      "line1": {
        "type": "string",
        "minLength": 1,
        "maxLength": 200
      },
      "line2": {
        "type": "string",
        "minLength": 1,
        "maxLength": 200
      },
      "postalCode": {
        "type": "string",
        "minLength": 1,
        "maxLength": 20
      },
      "city": {
        "type": "string",
        "minLength": 1,
        "maxLength": 100
      },
      "country": {
        "type": "string",
        "pattern": "^[A-Z]{2}$"
      }
    }
  },
  "line": {
    "type": "object",
    "required": [
      "sku",
      "quantity"
    ],
    "properties": {
      "sku": {
        "type": "string",
        "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
      },
      "quantity": {
        "type": "integer",
        "minimum": 1,
        "maximum": 1000000
      }
    }
  },
  "lines": {
    "type": "array",
    "minItems": 1,
    "maxItems": 100,
    "items": {
      "type": "object",
      "required": [
        "sku",
        "quantity"
      ],
      "properties": {
        "sku": {
          "type": "string",
          "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
        },
        "quantity": {
          "type": "integer",
          "minimum": 1,
          "maximum": 1000000
        }
      }
    }
  },
  "location": {
    "type": "string",
    "pattern": "^[a-z0-9][a-z0-9-]{0,63}$"
  },
  "placedLines": {
    "type": "array",
    "minItems": 1,
    "maxItems": 1000,
    "items": {
      "type": "object",
      "required": [
        "location",
        "sku",
        "quantity"
      ],
      "properties": {
        "location": {
          "type": "string",
          "pattern": "^[a-z0-9][a-z0-9-]{0,63}$"
        },
        "sku": {
          "type": "string",
          "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
        },
        "quantity": {
          "type": "integer",
          "minimum": 1,
          "maximum": 1000000
        }
      }
    }
  },
  "goodsCondition": {
    "type": "string",
    "enum": [
      "restock",
      "scrap",
      "lost"
    ]
  },
  "returnedLines": {
    "type": "array",
    "minItems": 1,
    "maxItems": 300,
    "items": {
      "type": "object",
      "required": [
        "sku",
        "quantity",
        "condition"
      ],
      "properties": {
        "sku": {
          "type": "string",
          "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
        },
        "quantity": {
          "type": "integer",
          "minimum": 1,
          "maximum": 1000000
        },
        "condition": {
          "type": "string",
          "enum": [
            "restock",
            "scrap",
            "lost"
          ]
        }
      }
    }
  },
  "refund": {
    "type": "object",
    "required": [
      "refundId",
      "amount"
    ],
    "properties": {
      "refundId": {
        "type": "string",
        "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
      },
      "amount": {
        "type": "integer",
        "minimum": 0,
        "maximum": 9007199254740991
      }
    }
  },
  "shortage": {
    "type": "object",
    "required": [
      "sku",
      "requested",
      "available"
    ],
    "properties": {
      "sku": {
        "type": "string",
        "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
      },
      "requested": {
        "type": "integer",
        "minimum": 1,
        "maximum": 100000000
      },
      "available": {
        "type": "integer",
        "minimum": 0,
        "maximum": 9007199254740991
      }
    }
  },
  "rejectionReason": {
    "type": "string",
    "enum": [
      "out_of_stock",
      "unknown_item"
    ]
  },
  "cancellationReason": {
    "type": "string",
    "enum": [
      "payment_failed",
      "requested",
      "expired",
      "unknown_order"
    ]
  },
  "role": {
    "type": "string",
    "enum": [
      "customer",
      "observer",
      "operator"
    ]
  },
  "username": {
    "type": "string",
    "minLength": 1,
    "maxLength": 64
  },
  "orderStatus": {
    "type": "string",
    "enum": [
      "pending",
      "accepted",
      "completed",
      "rejected",
      "cancelled"
    ]
  },
  "finalOrderStatus": {
    "type": "string",
    "enum": [
      "completed",
      "rejected",
      "cancelled"
    ]
  },
  "paymentStatus": {
    "type": "string",
    "enum": [
      "charging",
      "succeeded",
      "failed",
      "refunding",
      "refunded",
      "void"
    ]
  },
  "refundStatus": {
    "type": "string",
    "enum": [
      "due",
      "given",
      "failed",
      "by_hand"
    ]
  },
  "shipmentStatus": {
    "type": "string",
    "enum": [
      "open",
      "shipped",
      "delivered",
      "undeliverable",
      "lost",
      "cancelled"
    ]
  },
  "handover": {
    "type": "string",
    "enum": [
      "auto",
      "manual"
    ]
  },
  "returnKind": {
    "type": "string",
    "enum": [
      "asked",
      "undeliverable",
      "lost",
      "found"
    ]
  },
  "returnStatus": {
    "type": "string",
    "enum": [
      "requested",
      "received",
      "cancelled"
    ]
  },
  "cancelRequestStatus": {
    "type": "string",
    "enum": [
      "open",
      "withdrawn",
      "partly",
      "refused"
    ]
  },
  "movementKind": {
    "type": "string",
    "enum": [
      "received",
      "adjusted",
      "reserved",
      "released",
      "shipped",
      "returned",
      "scrapped",
      "lost",
      "found"
    ]
  }
} as const
