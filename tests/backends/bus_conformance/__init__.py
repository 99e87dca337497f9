"""What every bus must do, written against the port and a real HTTP receiver; `test_bus.py` runs it on each adapter."""
