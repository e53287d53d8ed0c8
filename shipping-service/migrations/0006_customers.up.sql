-- Whose order it is: a customer may see the parcel. Nothing, where the release before accepted the order.
ALTER TABLE shipments ADD COLUMN customer_id uuid;
