"""NBA analytics: box scores to player games, team games and events."""
