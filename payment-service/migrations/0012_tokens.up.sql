-- Payments that have ended keep no card token: the release before leaves those of its own, which a sweep finds by this.
CREATE INDEX payments_with_tokens ON payments (order_id) WHERE status <> 'charging' AND token <> '';
