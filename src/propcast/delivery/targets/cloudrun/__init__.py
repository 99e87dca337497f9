"""The target on Google Cloud Run, through its official client; only what opens it imports what is in here."""
