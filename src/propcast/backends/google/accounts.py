"""The service accounts of an environment."""

PUSHER, SCHEDULER = "push", "scheduler"
"""The account in whose name messages are pushed, and that of the scheduler."""


def account(name: str, environment: str, project: str) -> str:
    """Return the e-mail of the service account of one process; environments share no account.

    The names fit Google's 30 characters.
    """
    ending = "" if environment == "production" else f"-{environment}"
    return f"{name}{ending}@{project}.iam.gserviceaccount.com"
