#include <fuzz/input.h>
#include <gluino/onnx/onnx.h>

#include <string_view>

// What was read has a graph whose arrays fit it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  gluino::fuzz::try_to([&] {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto model = gluino::onnx::import_bytes(bytes);
    gluino::Shapes shapes;
    for (const auto& [name, array] : model.arg_params) shapes[name] = array.shape();
    for (const auto& [name, array] : model.aux_params) shapes[name] = array.shape();
    model.symbol.infer_shape_partial(shapes);
  });
  return 0;
}
