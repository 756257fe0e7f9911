"""What a run is told beside its role files: `reconciler.yaml`, the address of the tenant, and its key."""
