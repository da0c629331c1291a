// What only the data tell the number of rows of: boxes that stay, different elements.
#include <gluino/onnx/format/document.h>
#include <gluino/ops/vision/boxes.h>
#include <gmock/gmock.h>

#include "error_message.h"
#include "onnx/run_model.h"

namespace gluino {
namespace {

using testing::message_of;

using onnx::Document;
using onnx::DocumentNode;
using ::testing::HasSubstr;

// Rows of a class, a score, a box, and a number; many boxes overlap, some are the wrong way round.
NDArray boxes(std::int64_t images, std::int64_t count) {
  random::seed(5);
  const auto between = [&](double low, double high, std::int64_t width) {
    return nd::random::uniform({.low = low, .high = high, .shape = {images, count, width}});
  };
  const NDArray first = between(0, 2, 2);
  return nd::concat(std::vector<NDArray>{nd::floor(between(0, 3, 1)), between(0, 1, 1), first,
                                         first + between(-0.2, 2, 2), between(-9, 9, 1)},
                    {.dim = 2});
}

TEST(Rows, BoxesThatStay) {
  const NDArray data = boxes(3, 40);
  BoxNmsOptions forms[] = {{},
                           {.overlap_thresh = 0.2, .valid_thresh = 0.3},
                           {.topk = 12},
                           {.topk = 100, .id_index = 0, .background_id = 1, .force_suppress = true},
                           {.overlap_thresh = 0.1, .out_format = "center"},
                           {.valid_thresh = 2},
                           {.topk = 7, .in_format = "center", .out_format = "corner"},
                           {.in_format = "center", .out_format = "center"}};
  for (const BoxNmsOptions& form : forms) {
    const Symbol symbol = ops::box_nms(sym::var("data"), form);
    const ArrayMap inputs{{"data", data}};
    for (const int opset : {13, 18}) {
      const auto model = onnx::import_bytes(
          onnx::export_bytes(symbol, {}, {{"data", data.shape()}}, {.opset = opset}));
      testing::expect_same(testing::run_model(model, inputs), symbol.eval(inputs), 1e-6);
    }
  }
}

TEST(Rows, OfSeveralClassesHaveNoForm) {
  const Symbol symbol = ops::box_nms(sym::var("data"), {.id_index = 0});
  EXPECT_THAT(message_of([&] {
                onnx::export_bytes(symbol, {}, {{"data", {3, 7}}});
              }),
              HasSubstr("[_contrib_box_nms "));
  EXPECT_THAT(message_of([&] {
                onnx::export_bytes(symbol, {}, {{"data", {3, 7}}});
              }),
              HasSubstr("has no form in ONNX: which boxes are of one class only the data tell"));
}

// The nodes after the one that gives the rows, the last of which gives y.
Document document_of(const DocumentNode& first, std::vector<DocumentNode> more) {
  Document document;
  document.opset = 17;
  document.inputs = {{.name = "boxes", .dimensions = {{.size = 1}, {.size = 3}, {.size = 4}}},
                     {.name = "scores", .dimensions = {{.size = 1}, {.size = 1}, {.size = 3}}}};
  document.outputs = {{.name = "y", .dimensions = {}}};
  const auto add = [&](const std::string& name, const std::vector<std::int64_t>& numbers,
                       const Shape& shape) {
    document.initializers[name] = nd::from(numbers, shape, cpu());
  };
  add("most", {3}, {1});
  add("behind", {0, 0, 0, 0, 0, 0}, {2, 3});
  add("others", {0, 0, 0, 0, 0, 1}, {2, 3});
  add("pairs", {0, 0, 0, 0}, {2, 2});
  add("none", {}, {0, 3});
  add("zero", {0}, {1});
  add("two", {2}, {1});
  add("any", {-1}, {1});
  document.nodes = {first};
  document.nodes.insert(document.nodes.end(), more.begin(), more.end());
  return document;
}

std::string refusal(const Document& document) {
  return message_of([&] { onnx::import_bytes(onnx::document_bytes(document), "net.onnx"); });
}

TEST(Rows, HaveNoSizeUntilTheFileSaysIt) {
  const DocumentNode stay{.op_type = "NonMaxSuppression",
                          .name = "stay",
                          .inputs = {"boxes", "scores", "most"},
                          .outputs = {"stay"}};
  const auto node = [](const std::string& op_type, const std::vector<std::string>& inputs,
                       const std::string& output, onnx::Attribute axis = std::int64_t{0}) {
    DocumentNode made{.op_type = op_type, .name = output, .inputs = inputs, .outputs = {output}};
    if (op_type == "Concat") made.attributes["axis"] = std::move(axis);
    return made;
  };
  const auto said = [&](const std::vector<DocumentNode>& more) {
    return refusal(document_of(stay, more));
  };
  const std::string who = "[NonMaxSuppression stay] how many rows";
  EXPECT_THAT(said({node("Identity", {"stay"}, "y")}), HasSubstr(who));
  EXPECT_THAT(said({node("Shape", {"stay"}, "y")}), HasSubstr(who));
  EXPECT_THAT(said({node("Slice", {"stay", "zero", "two", "zero"}, "y")}), HasSubstr(who));
  EXPECT_THAT(said({node("Reshape", {"stay", "two"}, "y")}), HasSubstr(who));
  EXPECT_THAT(said({node("Concat", {"stay", "behind", "behind"}, "y")}), HasSubstr(who));
  EXPECT_THAT(said({node("Concat", {"stay", "behind"}, "y", std::int64_t{1})}), HasSubstr(who));
  for (const char* rows : {"pairs", "none"}) {
    EXPECT_THAT(said({node("Concat", {"stay", rows}, "y")}), HasSubstr("behind the boxes"));
  }
  EXPECT_THAT(said({node("Concat", {"stay", "others"}, "y")}), HasSubstr("must be the same"));
  const DocumentNode filled = node("Concat", {"stay", "behind"}, "filled");
  EXPECT_THAT(said({filled, node("Identity", {"filled"}, "y")}), HasSubstr("how many rows"));
  EXPECT_THAT(said({filled, node("Slice", {"filled", "zero", "most", "zero"}, "y")}),
              HasSubstr("of 2 that are there"));
  onnx::import_bytes(onnx::document_bytes(
      document_of(stay, {filled, node("Slice", {"filled", "zero", "two", "zero"}, "y")})));

  const DocumentNode unique{.op_type = "Unique",
                            .name = "kinds",
                            .inputs = {"scores"},
                            .outputs = {"kinds", "first", "which"}};
  const auto of_unique = [&](const std::vector<DocumentNode>& more) {
    return refusal(document_of(unique, more));
  };
  EXPECT_THAT(of_unique({node("Neg", {"kinds"}, "y")}), HasSubstr("[Unique kinds] how many rows"));
  EXPECT_THAT(of_unique({node("Reshape", {"kinds", "any"}, "y")}), HasSubstr("[Unique kinds]"));
  EXPECT_THAT(of_unique({node("Reshape", {"which", "most"}, "y")}),
              HasSubstr("how many are different only the data tell"));
  EXPECT_THAT(
      of_unique({node("Reshape", {"kinds", "two"}, "k"), node("Reshape", {"first", "most"}, "y")}),
      HasSubstr("there are 2 different ones, and 3"));
}

}  // namespace
}  // namespace gluino
