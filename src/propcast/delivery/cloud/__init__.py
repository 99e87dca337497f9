"""What an environment stands on in Google Cloud: planned from the manifest, compared with what is there, put right."""
