#include <gluino/ops/elementwise/binary_definition-inl.h>

namespace gluino {
namespace {

using namespace binary_definition;

#define GLUINO_COMPARISON(function, elemwise_alias, scalar_alias, doc)   \
  [[maybe_unused]] const bool function##_defined = define(               \
      {.broadcast = {"broadcast_" #function},                            \
       .elemwise = {"_" #function, {"_" elemwise_alias}},                \
       .scalar = {"_" #function "_scalar", {"_" scalar_alias "Scalar"}}, \
       .beyond = Beyond::compared},                                      \
      "1 where " doc ", else 0",                                         \
      []<class T>() -> const auto& { return kernels::binary::function<T>(); }, kDistinct)

GLUINO_COMPARISON(equal, "Equal", "Equal", "a == b");
GLUINO_COMPARISON(not_equal, "Not_Equal", "NotEqual", "a != b");
GLUINO_COMPARISON(greater, "Greater", "Greater", "a > b");
GLUINO_COMPARISON(greater_equal, "Greater_Equal", "GreaterEqual", "a >= b");
GLUINO_COMPARISON(lesser, "Lesser", "Lesser", "a < b");
GLUINO_COMPARISON(lesser_equal, "Lesser_Equal", "LesserEqual", "a <= b");
GLUINO_COMPARISON(logical_and, "Logical_And", "LogicalAnd", "a and b are not 0");
GLUINO_COMPARISON(logical_or, "Logical_Or", "LogicalOr", "a or b is not 0");
GLUINO_COMPARISON(logical_xor, "Logical_Xor", "LogicalXor", "one of a and b is not 0");
#undef GLUINO_COMPARISON

}  // namespace
}  // namespace gluino
