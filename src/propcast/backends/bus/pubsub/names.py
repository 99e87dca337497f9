"""What topics and subscriptions are called: short here, by their full names in a project there."""

from dataclasses import dataclass

KEEPER = ".kept"
"""Ends the name of the subscription that keeps the letters of a dead-letter topic for whoever looks at them."""


@dataclass(frozen=True)
class Names:
    """The names of one project."""

    project: str

    @property
    def parent(self) -> str:
        """The project itself."""
        return f"projects/{self.project}"

    def topic(self, name: str) -> str:
        """Return the full name of a topic."""
        return f"{self.parent}/topics/{name}"

    def subscription(self, name: str) -> str:
        """Return the full name of a subscription."""
        return f"{self.parent}/subscriptions/{name}"


def short(path: str) -> str:
    """Return the last part of a full name."""
    return path.rpartition("/")[2]


def keeper_of(dead_letter_topic: str) -> str:
    """Return the subscription that keeps what comes to a dead-letter topic."""
    return f"{dead_letter_topic}{KEEPER}"


def is_keeper(name: str) -> bool:
    """Tell whether a subscription is there to keep dead letters."""
    return name.endswith(KEEPER)
