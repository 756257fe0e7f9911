"""Role files: read with the position of every value, checked strictly, and written. The one home of PyYAML.

Read `role` for what a role file may say, `reader` for the one pass over the YAML, `across` for what two roles can have
against each other, `files` for the directory.
"""

from reconciler.load.across import check_codes
from reconciler.load.emit import role_yaml
from reconciler.load.files import load_roles
from reconciler.load.loaded import Loaded, load_documents

__all__ = ["Loaded", "check_codes", "load_documents", "load_roles", "role_yaml"]
