#pragma once

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

}  // namespace gluino
