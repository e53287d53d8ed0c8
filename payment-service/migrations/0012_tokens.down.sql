DROP INDEX payments_with_tokens;
