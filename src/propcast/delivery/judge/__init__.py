"""The judge of a canary: evidence in, verdict out; it touches nothing."""
