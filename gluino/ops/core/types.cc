#include <gluino/ops/core/types.h>

namespace gluino {

const char* to_string(Types types) {
  switch (types) {
    case Types::real:
      return "real numbers (float16, bfloat16, float32, float64)";
    case Types::numbers:
      return "numbers (int8, uint8, int32, int64, float16, bfloat16, float32, float64)";
    case Types::any:
      return "any type";
  }
  return "";
}

}  // namespace gluino
