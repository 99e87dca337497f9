"""The web kit that the six services share: app factory, health, access, push, telemetry, catalogue and smoke."""
