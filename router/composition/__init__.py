"""Composition: subgraph SDLs in, one supergraph SDL out, or every reason why not.

read    `reading`         each SDL to a `Subgraph`, names made canonical
upgrade `federation_1`    what Federation 1 means is spelled as Federation 2 spells it
check   `rules`           one rule a file, named by its error code
merge   `merge`           one module a kind of type
satisfy `satisfiability`  every field can be reached from the roots
print   `printing`        the join specification's text
"""

from router.composition.composer import compose
from router.composition.sources import SubgraphSource, read_sources

__all__ = ["SubgraphSource", "compose", "read_sources"]
