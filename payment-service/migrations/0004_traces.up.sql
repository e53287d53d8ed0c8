ALTER TABLE payments ADD COLUMN traceparent text; -- W3C trace context of what caused it: the provider is called later, by a sweep
