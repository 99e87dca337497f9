"""What a service tells about itself while it works: log events, spans and metrics, under one correlation id."""
