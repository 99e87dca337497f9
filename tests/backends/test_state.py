"""Runs the conformance suite on every state adapter of `conftest.py`."""
