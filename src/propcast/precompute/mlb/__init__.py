"""Baseball: who is forecast, and every feature of the contract as of a moment."""
