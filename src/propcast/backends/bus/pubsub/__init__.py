"""The bus on Google Cloud Pub/Sub; only who opens it imports its client."""
