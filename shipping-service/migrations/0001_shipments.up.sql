-- One parcel per order: the primary key is the claim.
CREATE TABLE shipments (
  order_id         uuid PRIMARY KEY,
  id               uuid NOT NULL UNIQUE,
  carrier          text NOT NULL,
  tracking_number  text NOT NULL UNIQUE,
  lines            jsonb NOT NULL,
  shipping_address jsonb,
  shipped_at       timestamptz NOT NULL DEFAULT now()
);
