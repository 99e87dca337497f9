"""Google Cloud behind the ports: its clients, what its errors mean, and the adapters that settings may name."""
