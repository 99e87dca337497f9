"""The state store: small documents in transactions, and everything that is written once on top of them."""
