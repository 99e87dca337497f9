"""Ports to the outside and their adapters; exactly one module composes them from settings."""
