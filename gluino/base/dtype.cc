#include <gluino/base/dtype.h>

#include <array>
#include <ostream>
#include <utility>

namespace gluino {
namespace {

constexpr std::array<std::pair<DType, const char*>, 9> kNames{{{float32, "float32"},
                                                               {float64, "float64"},
                                                               {float16, "float16"},
                                                               {uint8, "uint8"},
                                                               {int32, "int32"},
                                                               {int8, "int8"},
                                                               {int64, "int64"},
                                                               {boolean, "bool"},
                                                               {bfloat16, "bfloat16"}}};

}  // namespace

std::size_t size_of(DType dtype) {
  return dispatch(dtype, []<class T>() { return sizeof(T); });
}

std::string to_string(DType dtype) {
  for (const auto& [known, name] : kNames) {
    if (known == dtype) return name;
  }
  return str("dtype ", static_cast<std::int32_t>(dtype));
}

std::ostream& operator<<(std::ostream& out, DType dtype) { return out << to_string(dtype); }

DType parse_dtype(const std::string& name) {
  std::string expected;
  for (const auto& [dtype, known] : kNames) {
    if (name == known) return dtype;
    expected += (expected.empty() ? "" : ", ") + std::string(known);
  }
  fail("unknown dtype \"", name, "\": expected one of ", expected);
}

DType dtype_from_code(std::int32_t code) {
  for (const auto& [dtype, name] : kNames) {
    if (static_cast<std::int32_t>(dtype) == code) return dtype;
  }
  fail("dtype code ", code, " is not one that Gluino stores");
}

}  // namespace gluino
