"""Rolls good and bad releases out on this machine while people ask, and shows what became of each."""
