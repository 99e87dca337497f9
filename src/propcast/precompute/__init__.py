"""Analytics → features: pure functions, strictly as of a moment."""
