"""Measures the six services as they run, on a simulated world of their own; nothing here passes or fails."""
