"""The first account of one machine: an administrator whose password was generated there and nowhere else."""

from propcast.backends.secrets.local import ADMIN_PASSWORD
from propcast.backends.secrets.port import Secret, Secrets
from propcast.service.access import Role
from propcast.service.auth.accounts import Accounts
from propcast.service.identity import Environment

FIRST = "admin"


def first_password(secrets: Secrets) -> Secret:
    """Return the password of the first account, making it when it is asked for the first time on one machine."""
    return secrets.get(ADMIN_PASSWORD)


def ensure_first_account(accounts: Accounts, secrets: Secrets, environment: Environment) -> bool:
    """Create the first account where there is none, on one machine only; tell whether that was done.

    An account that exists keeps its password, role and state, whatever became of the generated password.
    """
    if environment != "local" or accounts.exists(FIRST):
        return False
    accounts.save(FIRST, first_password(secrets).reveal(), Role.ADMIN)
    return True
