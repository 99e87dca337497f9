"""Plants defects in copies of the sources and in environments made of them, and shows what catches each."""
