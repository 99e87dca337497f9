"""Measures the budgets of the design; run by `make bench`."""
