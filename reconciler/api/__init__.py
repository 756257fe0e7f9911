"""The six operations of the contract. A `Reader` has no method that writes; a `Writer` adds those."""

from reconciler.api.parse import Written
from reconciler.api.reader import Reader
from reconciler.api.writer import Writer

__all__ = ["Reader", "Writer", "Written"]
