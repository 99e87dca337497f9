"""What every state adapter must do, written against the port; `test_state.py` runs it on each adapter."""
