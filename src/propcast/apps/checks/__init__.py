"""The checks of the services on their real backends: each module observes one kind of thing."""
