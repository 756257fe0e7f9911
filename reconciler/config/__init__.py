"""Read the settings of a run: `reconciler.yaml`, the URL of the tenant, and its API key."""
