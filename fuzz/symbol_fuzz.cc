#include <fuzz/input.h>
#include <gluino/graph/symbol/symbol.h>

#include <string>

// What was loaded can be saved, and loads again as the same; its shapes can be asked for.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  gluino::fuzz::try_to([&] {
    const auto symbol = gluino::sym::load_json({reinterpret_cast<const char*>(data), size});
    const std::string saved = symbol.tojson();
    gluino::fuzz::require(gluino::sym::load_json(saved).tojson() == saved);
    symbol.infer_type({});
    symbol.infer_shape_partial({{symbol.list_inputs().at(0), {2, 3, 8, 8}}});
  });
  return 0;
}
