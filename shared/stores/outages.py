"""What says that another part or a store does not answer: nothing about the work, which may be tried again.

Transactions turn their driver's word for it into StoreUnavailable. MongoDB is also read outside of transactions, by
Beanie, whose callers see the driver's own error.
"""

from typing import Final

from pymongo.errors import ConnectionFailure

from shared.errors import SubgraphUnavailable

NO_ANSWER: Final = (SubgraphUnavailable, ConnectionFailure)
