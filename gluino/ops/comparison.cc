#include <gluino/ops/binary_definition-inl.h>

namespace gluino {
namespace {

using namespace binary_definition;

#define GLUINO_COMPARISON(function, doc)                                                           \
  [[maybe_unused]] const bool function##_defined = define(                                         \
      {"broadcast_" #function, "_" #function, "_" #function "_scalar"}, "1 where " doc ", else 0", \
      []<class T>() -> const auto& { return kernels::binary::function<T>(); }, kDistinct)

GLUINO_COMPARISON(equal, "a == b");
GLUINO_COMPARISON(not_equal, "a != b");
GLUINO_COMPARISON(greater, "a > b");
GLUINO_COMPARISON(greater_equal, "a >= b");
GLUINO_COMPARISON(lesser, "a < b");
GLUINO_COMPARISON(lesser_equal, "a <= b");
GLUINO_COMPARISON(logical_and, "a and b are not 0");
GLUINO_COMPARISON(logical_or, "a or b is not 0");
GLUINO_COMPARISON(logical_xor, "one of a and b is not 0");
#undef GLUINO_COMPARISON

}  // namespace
}  // namespace gluino
