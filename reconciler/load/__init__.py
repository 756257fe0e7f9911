"""Read role files with the position of every value, check them strictly, and write them.

`role` reads one role, `consistency` finds conflicts between roles, `walk` reads a directory, and `directories` puts
several of them together.
`reconciler.yamlio` reads the YAML.
"""

from reconciler.load.consistency import check_codes
from reconciler.load.directories import RolesFrom, Shelf, load_from, load_roles
from reconciler.load.loaded import Loaded, load_documents

__all__ = ["Loaded", "RolesFrom", "Shelf", "check_codes", "load_documents", "load_from", "load_roles"]
