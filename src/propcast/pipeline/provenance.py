"""Whether a home holds an observed world or a simulated one; it never holds both."""

from propcast.backends.warehouse.port import Warehouse
from propcast.core.errors import InputError
from propcast.core.provenance import SIMULATED
from propcast.core.sport import Sport
from propcast.tables.reference import REF_PLAYERS, REF_SIMULATIONS


def simulated_sports(warehouse: Warehouse) -> frozenset[Sport]:
    """Return the sports of which everything in this home was made up; pages and answers label them `SIMULATED`."""
    return frozenset(Sport(name) for name in warehouse.distinct(REF_SIMULATIONS, ["sport"])["sport"].to_list())


def require_observed(warehouse: Warehouse) -> None:
    """Raise `InputError` if the home is simulated: observed rows must not join it."""
    if simulated_sports(warehouse):
        raise InputError("this home holds a SIMULATED world; import into a home of its own (--home or PROPCAST_HOME)")


def require_simulated(warehouse: Warehouse, seed: int) -> None:
    """Raise `InputError` if the home holds observed rows, or a simulated world with another seed."""
    sources = warehouse.distinct(REF_PLAYERS, ["source"])["source"].to_list()
    observed = [source for source in sources if source != SIMULATED]
    if observed:
        raise InputError(
            f"this home holds observed rows (of {', '.join(observed)}); simulate into a home of its own "
            "(--home or PROPCAST_HOME)"
        )
    seeds = [found for found in warehouse.distinct(REF_SIMULATIONS, ["seed"])["seed"].to_list() if found != seed]
    if seeds:
        raise InputError(f"this home was simulated with seed {seeds[0]}; use that one, or simulate into another home")
