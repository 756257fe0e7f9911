"""Commands that are about several tenants: what each needs besides what one tenant needs."""
