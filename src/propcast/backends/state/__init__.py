"""The state store: small rows in transactions — the run ledger, expected outputs, current slates."""
