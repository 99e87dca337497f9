"""Who calls: push tokens, service tokens, API keys, sessions and accounts; credentials never travel in a URL."""
