"""Baseball: events, and one row per pitcher, batter and batting team of every finished game."""
