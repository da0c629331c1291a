// Networks that PyTorch has exported (data/renew.py) give the numbers that they gave there, and
// operators in many forms (data/renew_forms.py) those that onnxruntime computed.
#include <gtest/gtest.h>

#include <set>

#include "onnx/run_model.h"

namespace gluino {
namespace {

void expect_same_numbers(const std::string& file) {
  const std::string path = str(ONNX_DATA, "/", file);
  const onnx::ImportedModel model = onnx::import_model(path + ".onnx");
  ArrayMap inputs;
  std::vector<NDArray> expected(model.outputs.size());
  for (const auto& [name, array] : nd::load(path + ".npz")) {
    if (name.starts_with("in:")) inputs[name.substr(3)] = array;
    if (name.starts_with("out:")) expected.at(std::stoul(name.substr(4))) = array;
  }
  testing::expect_same(testing::run_model(model, inputs), expected, 1e-5);
}

class FromPyTorch : public ::testing::TestWithParam<std::string> {};

TEST_P(FromPyTorch, GivesTheSameNumbers) { expect_same_numbers(GetParam()); }

class FromRuntime : public ::testing::TestWithParam<std::string> {};

TEST_P(FromRuntime, GivesTheSameNumbers) { expect_same_numbers("forms_" + GetParam()); }

INSTANTIATE_TEST_SUITE_P(Files, FromRuntime,
                         ::testing::Values("recurrent", "windows", "images", "bytes", "places",
                                           "norms", "control", "rows"),
                         [](const auto& file) { return file.param; });

// A batch of another size than that of the example, whose rows are rows of it.
TEST(FromPyTorchToo, TakesAnyBatchWhereTheFileNamesIt) {
  for (const char* name : {"convnet_dynamic", "transformer_dynamic"}) {
    const std::string path = str(ONNX_DATA, "/", name);
    const onnx::ImportedModel model = onnx::import_model(path + ".onnx");
    NDArray input, expected;
    for (const auto& [key, array] : nd::load(path + ".npz")) {
      (key == "in:x" ? input : expected) = array;
    }
    const auto more = [](const NDArray& a) { return nd::concat({a, a, a}, {.dim = 0}); };
    testing::expect_same(testing::run_model(model, {{"x", more(input)}}), {more(expected)}, 1e-5);
  }
}

// Written by us and read once more, they still do.
TEST_P(FromPyTorch, SurvivesBeingWrittenAgain) {
  const std::string path = str(ONNX_DATA, "/", GetParam());
  const onnx::ImportedModel model = onnx::import_model(path + ".onnx");
  ArrayMap inputs;
  for (const auto& [name, array] : nd::load(path + ".npz")) {
    if (name.starts_with("in:")) inputs[name.substr(3)] = array;
  }
  ArrayMap parameters = model.arg_params;
  parameters.insert(model.aux_params.begin(), model.aux_params.end());
  Shapes shapes;
  DTypes dtypes;
  for (const auto& [name, array] : inputs) {
    shapes[name] = array.shape();
    dtypes[name] = array.dtype();
  }
  const std::string bytes =
      onnx::export_bytes(model.symbol, parameters, shapes, {.opset = 18, .dtypes = dtypes});
  testing::expect_same(testing::run_model(onnx::import_bytes(bytes), inputs),
                       testing::run_model(model, inputs), 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Files, FromPyTorch,
                         ::testing::Values("convnet", "convnet_dynamic", "recurrent", "transformer",
                                           "transformer_dynamic", "shapes"),
                         [](const auto& file) { return file.param; });

}  // namespace
}  // namespace gluino
