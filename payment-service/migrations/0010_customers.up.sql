-- Whose order it is: a customer may see the payment. Nothing, where the release before reserved the stock.
ALTER TABLE payments ADD COLUMN customer_id uuid;
