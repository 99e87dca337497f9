"""What every target must do, written against the port; `test_conformance.py` runs it on each target."""
