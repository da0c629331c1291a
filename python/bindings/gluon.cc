// What Gluon's Python classes need of its room: everything else they do by operators.
#include "bindings.h"

#include <gluino/ops/elementwise/copies.h>

namespace gluino::python {

void bind_gluon(nb::module_& m) {
  m.def("mean_of_copies", [](const std::vector<NDArray>& copies) {
    const InnerMode mode(false);
    const ReleaseGil release(true);
    return ops::mean_of_copies(copies);
  });
}

}  // namespace gluino::python
