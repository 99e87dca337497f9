"""Plays canaries of known quality against the judge and counts what it says; run by `make bench-judge`."""
