"""A simulated NBA and MLB: fictional people, games, books and quotes from known distributions and a seed."""
