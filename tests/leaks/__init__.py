"""The leak suite: nine rules, each on the hand-written leagues and, where it is present, on the real history."""
