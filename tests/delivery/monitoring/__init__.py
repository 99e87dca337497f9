"""Monitoring as code: every rule with its planted fault, every rendering, every target."""
