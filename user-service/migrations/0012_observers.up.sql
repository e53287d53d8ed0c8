-- An observer is a customer to the release before, which would not sign another role, nor accept one.
ALTER TABLE users ADD COLUMN observes BOOLEAN NOT NULL DEFAULT FALSE;
