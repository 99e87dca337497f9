"""The adapter in BigQuery: what is its own."""
