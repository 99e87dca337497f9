"""What every warehouse adapter must do, written against the port; `test_warehouse.py` runs it on each adapter."""
