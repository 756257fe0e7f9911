"""The OmniStream roles API on this machine, for trying things out and for tests.

`catalogue` holds the permissions, `seed` what a fresh tenant holds, `store` the contract's rules over SQLite, `app` the
HTTP side, `page` the page at `/docs`, `server` what binds a port and serves. Only `app`, `page` and `server` need the
extra `reconciler[sandbox]`, and nothing is imported here.
"""
