"""One declaration per table: the contract that every layer obeys."""
