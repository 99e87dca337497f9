"""PropCast: calibrated player-prop forecasts, graded against what happened and against the market."""
