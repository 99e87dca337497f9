"""The bus: topics, subscriptions and pushed messages, acknowledged by the HTTP answer."""
