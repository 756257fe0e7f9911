"""Read role files with the position of every value, check them strictly, and write them.

`role` reads one role, `consistency` finds conflicts between roles, and `walk` reads the directory.
`reconciler.yamlio` reads the YAML.
"""

from reconciler.load.consistency import check_codes
from reconciler.load.loaded import Loaded, load_documents
from reconciler.load.walk import load_roles

__all__ = ["Loaded", "check_codes", "load_documents", "load_roles"]
