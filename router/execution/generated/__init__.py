"""Generated code: the two parts of an execution that touch every object of a response, written for one plan.

What takes time in a router is not deciding, which the plan has done, but walking: over each object of a response to
make its representation, and over each again to make the client's data. An interpreter of plans asks at every object
which steps a path has, which fields a type has, what a directive says; the answers are the same for all objects and
all requests. So they are asked once, when the code is written, and what remains is loops, `get` and dict displays.
This halves what a request costs.

* `collection` writes the function of an entity fetch from the response so far to the representations it sends, and to
  the objects that wait for their answers. It is the same as `walking` and `representations`, which stay the law: they
  do the work the first time, and for shapes that are rare.
* `projection` writes the function of an operation from the merged data to the client's data. It is the same as
  `completion`, which is the law: whatever the code does not expect makes it raise, and completion does the work.

Code is written when an operation runs for the second time, since writing costs more than one run gains. Properties
with random data (tests/router/execution) hold each writer to its law.

Nothing of a client's gets into the source but names that GraphQL's grammar allows, and those only quoted by `repr`.
Anything else (sets of type names, enum values) is put into the function's globals under a name of ours.

To read what is written: `Executable.generated()`.
"""

from router.execution.generated.collection import Collect, Collected, Targets, write_collection
from router.execution.generated.projection import Projector
from router.execution.generated.source import Source

__all__ = ["Collect", "Collected", "Projector", "Source", "Targets", "write_collection"]
