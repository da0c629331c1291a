// Networks as ONNX files.
#include <gluino/onnx/onnx.h>

#include "bindings.h"

namespace gluino::python {
namespace {

using Values = std::vector<onnx::ValueInfo>;

// (name, shape) of each; sizes that only a run knows are None.
nb::list described(const Values& values) {
  nb::list result;
  for (const onnx::ValueInfo& value : values) {
    nb::list sizes;
    for (const std::int64_t size : value.shape) {
      size < 0 ? sizes.append(nb::none()) : sizes.append(size);
    }
    result.append(nb::make_tuple(value.name, nb::tuple(sizes)));
  }
  return result;
}

}  // namespace

void bind_onnx(nb::module_& m) {
  m.def("onnx_export", [](const std::string& path, const Symbol& symbol, const ArrayMap& parameters,
                          const Shapes& shapes, const DTypes& dtypes, int opset,
                          const std::map<std::string, std::vector<std::string>>& names) {
    const nb::gil_scoped_release release;
    onnx::export_model(path, symbol, parameters, shapes,
                       {.opset = opset, .dtypes = dtypes, .dimension_names = names});
  });
  m.def("onnx_import", [](const std::string& path) {
    const onnx::ImportedModel model = [&] {
      const nb::gil_scoped_release release;
      return onnx::import_model(path);
    }();
    return nb::make_tuple(wrap(model.symbol), model.arg_params, model.aux_params,
                          described(model.inputs));
  });
  m.def("onnx_metadata", [](const std::string& path) {
    const onnx::ModelMetadata metadata = onnx::model_metadata(path);
    return nb::make_tuple(described(metadata.inputs), described(metadata.outputs));
  });
  m.def("onnx_operators",
        [] { return nb::make_tuple(onnx::written_operators(), onnx::read_operators()); });
  m.attr("ONNX_OPSETS") = nb::make_tuple(onnx::kFirstOpset, onnx::kLastOpset);
}

}  // namespace gluino::python
