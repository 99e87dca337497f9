"""Secrets: values that may be used and never shown."""
