#pragma once

#include <gluino/base/export.h>

#include <span>
#include <string_view>

namespace gluino {

/// Another name of an operator, by which MXNet's namespaces for NumPy (`np`, `npx`) and for sparse
/// arrays call it.
struct FaceName {
  std::string_view name;
  std::string_view op;
};

/// Those of operators that mean the same there; they are names of all those that are defined.
std::span<const FaceName> face_names();

/// The operator that MXNet's of this name is where arrays may have no axes (npx.set_np_shape, and
/// files that say so): another of ours for those that otherwise give a row of one; else itself.
GLUINO_API std::string_view name_in_np_shape(std::string_view op);

}  // namespace gluino
