"""`deploy/propcast.toml`: everything that is declared of the six services, in every environment."""
