"""The warehouse in BigQuery: declared tables, each with a journal of its commits."""
