"""Several tenants in one run: what their plans do, the index of a directory of plans, waves, and one exit code.

All of it is pure, except `run`, which has the threads. How one tenant is planned or applied comes in as a function, so
nothing here plans or applies by itself.
"""
