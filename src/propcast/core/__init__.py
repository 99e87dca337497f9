"""The pure domain: markets, time, odds, distributions, decisions and settlement. No I/O, imports no other room."""
