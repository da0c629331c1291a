#pragma once

#include "bindings.h"

namespace gluino::python {

/// Parts of gluino._core.gluon_data.
void bind_transforms(nb::module_& room);
void bind_digits(nb::module_& room);

}  // namespace gluino::python
