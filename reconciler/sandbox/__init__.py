"""The OmniStream roles API on this machine, to try things out and for tests.

`catalogue` has the permissions, `seed` the content of a fresh tenant, `store` the contract's rules over SQLite, `app`
the HTTP side, `page` the page at `/docs`; `server` binds a port and serves. Only `app`, `page` and `server` need the
extra `reconciler[sandbox]`, so nothing is imported here.
"""
