"""The console: pages, their JSON and CSV, and what they are drawn from."""
