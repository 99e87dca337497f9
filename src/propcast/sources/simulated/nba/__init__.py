"""The simulated NBA: fixtures, rosters, minutes, plays and boxes, with the law that each count was drawn from."""
