"""The state store in Firestore."""
