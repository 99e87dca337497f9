"""NBA precompute: who may play, and the 65 features as of a moment."""
