"""Google's emulators as processes of a test run; each module starts one, or says what to install."""
