"""Role files: read with the position of every value, checked strictly, and written.

Read `role` for what a role file may say, `consistency` for what two roles can have against each other, `walk` for the
directory. The YAML itself is read in `reconciler.yamlio`.
"""

from reconciler.load.consistency import check_codes
from reconciler.load.emit import role_yaml
from reconciler.load.loaded import Loaded, load_documents
from reconciler.load.walk import load_roles

__all__ = ["Loaded", "check_codes", "load_documents", "load_roles", "role_yaml"]
