// Files that are broken, or say what has no form here, are refused by a sentence that says where.
#include <gluino/base/file.h>
#include <gluino/onnx/format/document.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <limits>
#include <random>

#include "error_message.h"
#include "onnx/run_model.h"

namespace gluino {
namespace {

using testing::message_of;

using onnx::Document;
using onnx::DocumentNode;
using ::testing::HasSubstr;

Document relu() {
  Document document;
  document.opset = 17;
  document.inputs = {{.name = "x", .dimensions = {{.size = 2}, {.size = 3}}}};
  document.outputs = {{.name = "y", .dimensions = {{.size = 2}, {.size = 3}}}};
  document.nodes = {{.op_type = "Relu", .name = "act", .inputs = {"x"}, .outputs = {"y"}}};
  return document;
}

std::string refusal(const Document& document) {
  return message_of([&] { onnx::import_bytes(onnx::document_bytes(document), "net.onnx"); });
}

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "onnx-XXXXXX").string();
    check(::mkdtemp(name.data()) != nullptr, "no temporary folder");
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string operator/(const std::string& name) const { return path + "/" + name; }
  std::string path;
};

TEST(BrokenOnnx, NothingOfItIsAModel) {
  EXPECT_THAT(message_of([] { onnx::import_bytes("no model", "a.onnx"); }),
              HasSubstr("a.onnx: this is no ONNX model"));
  EXPECT_THAT(message_of([] { onnx::import_bytes("", "a.onnx"); }), HasSubstr("no ONNX model"));
  EXPECT_THAT(message_of([] { onnx::import_model("/nowhere/a.onnx"); }), HasSubstr("a.onnx"));
}

TEST(BrokenOnnx, WhatHasNoFormNamesItsNode) {
  Document document = relu();
  document.nodes[0].op_type = "Unheard";
  EXPECT_THAT(refusal(document), HasSubstr("net.onnx: [Unheard act] has no form here"));
  document.nodes[0] = {.op_type = "Relu",
                       .name = "act",
                       .domain = "com.elsewhere",
                       .inputs = {"x"},
                       .outputs = {"y"}};
  EXPECT_THAT(refusal(document), HasSubstr("com.elsewhere"));
}

TEST(BrokenOnnx, ValuesThatAreNotThere) {
  Document document = relu();
  document.nodes[0].inputs = {"z"};
  EXPECT_THAT(refusal(document), HasSubstr("there is no value \"z\""));
  document = relu();
  document.nodes[0].inputs = {};
  EXPECT_THAT(refusal(document), HasSubstr("[Relu act] expected 1 inputs, got 0"));
  document = relu();
  document.outputs[0].name = "w";
  EXPECT_THAT(refusal(document), HasSubstr("\"w\""));
  // A node that reads itself, and two that give one value.
  document = relu();
  document.nodes[0].inputs = {"y"};
  EXPECT_THAT(refusal(document), HasSubstr("there is no value \"y\""));
  document = relu();
  document.nodes.push_back(document.nodes[0]);
  EXPECT_THAT(refusal(document), HasSubstr("there already"));
}

TEST(BrokenOnnx, AttributesOfAnotherKind) {
  Document document = relu();
  document.nodes[0] = {.op_type = "LeakyRelu",
                       .name = "act",
                       .inputs = {"x"},
                       .outputs = {"y"},
                       .attributes = {{"alpha", std::string("steep")}}};
  EXPECT_THAT(refusal(document), HasSubstr("[LeakyRelu act] alpha"));
}

TEST(BrokenOnnx, OperatorSetsOfOtherTimes) {
  for (const int opset : {0, 12, 29, 999}) {
    Document document = relu();
    document.opset = opset;
    EXPECT_THAT(refusal(document), HasSubstr("operator set")) << opset;
  }
}

TEST(BrokenOnnx, OperatorsWithoutAFormSayWhy) {
  const std::pair<const char*, const char*> reasons[] = {
      {"NonMaxSuppression", "only the data tell"}, {"SequenceAt", "not sequences"},
      {"OptionalHasElement", "not optional"},      {"StringConcat", "no strings"},
      {"RandomUniform", "draws numbers"},          {"NoSuchOperator", "has no form here"}};
  for (const auto& [op_type, why] : reasons) {
    Document document = relu();
    document.nodes[0].op_type = op_type;
    EXPECT_THAT(refusal(document), ::testing::AllOf(HasSubstr(str("[", op_type)), HasSubstr(why)));
  }
}

TEST(BrokenOnnx, ConstantsThatWouldNotFitIntoMemory) {
  Document document = relu();
  document.initializers["shape"] =
      nd::from(std::vector<std::int64_t>{1 << 20, 1 << 20, 1 << 20}, {3});
  document.nodes = {
      {.op_type = "ConstantOfShape", .name = "big", .inputs = {"shape"}, .outputs = {"y"}}};
  EXPECT_THAT(refusal(document), HasSubstr("[ConstantOfShape big]"));
  document.initializers["one"] = nd::ones({1, 1, 1});
  document.nodes = {
      {.op_type = "Expand", .name = "big", .inputs = {"one", "shape"}, .outputs = {"y"}}};
  EXPECT_THAT(refusal(document), HasSubstr("[Expand big]"));
}

// Each is allowed; all of them are more than a file that holds one number can ask for.
TEST(BrokenOnnx, ConstantsThatAddUp) {
  constexpr std::int64_t kSize = std::int64_t{1} << 23;
  const auto with_constants = [](int count) {
    Document document = relu();
    document.initializers["shape"] = nd::from(std::vector<std::int64_t>{kSize}, {1});
    for (int i = 0; i < count; ++i) {
      document.nodes.push_back({.op_type = "ConstantOfShape",
                                .name = str("c", i),
                                .inputs = {"shape"},
                                .outputs = {str("c", i)},
                                .attributes = {{"value", nd::ones({1}, uint8)}}});
    }
    return document;
  };
  EXPECT_NO_THROW(onnx::import_bytes(onnx::document_bytes(with_constants(3)), "net.onnx"));
  EXPECT_THAT(refusal(with_constants(17)),
              ::testing::AllOf(HasSubstr("[ConstantOfShape c16]"), HasSubstr("too many")));
}

// Matrices, windows, steps and frames that a reader lays out, of sizes that would take forever.
TEST(BrokenOnnx, NumbersThatNobodyCouldCountTo) {
  constexpr std::int64_t kHuge = std::int64_t{1} << 62;
  const auto images = [](std::int64_t height, std::int64_t width) {
    Document document = relu();
    document.inputs[0].dimensions = {{.size = 1}, {.size = 2}, {.size = height}, {.size = width}};
    document.initializers["scales"] = nd::from(std::vector<float>{1, 1, 1e6F, 1}, {4});
    document.initializers["filters"] = nd::ones({2, 1, 3, 3});
    return document;
  };
  const onnx::Attribute gaps = onnx::Ints{2, 2};
  const std::pair<Document, DocumentNode> cases[] = {
      {images(1 << 20, 4),
       {.op_type = "Resize",
        .inputs = {"x", "", "scales"},
        .attributes = {{"mode", std::string("cubic")}}}},
      {images(kHuge, 4),
       {.op_type = "MaxPool",
        .inputs = {"x"},
        .attributes = {{"kernel_shape", gaps}, {"dilations", gaps}}}},
      {images(1 << 20, 1 << 20),
       {.op_type = "AveragePool",
        .inputs = {"x"},
        .attributes = {{"kernel_shape", gaps}, {"dilations", gaps}}}},
      {images(kHuge, 4),
       {.op_type = "ConvTranspose",
        .inputs = {"x", "filters"},
        .attributes = {{"output_shape", onnx::Ints{4, 4}}}}},
      {images(kHuge, kHuge), {.op_type = "Trilu", .inputs = {"x"}}}};
  for (auto [document, node] : cases) {
    node.name = "big";
    node.outputs = {"y"};
    document.nodes = {node};
    EXPECT_THAT(refusal(document), HasSubstr(str("net.onnx: [", node.op_type, " big]")));
  }
}

// Nothing is counted, cut off or multiplied before it is known to be of a size that there can be.
TEST(BrokenOnnx, NumbersOfAnyMagnitude) {
  constexpr std::int64_t kTurn = std::int64_t{1} << 32;  // lost where 32 bits are kept
  constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();
  const auto numbers = [](const std::vector<std::int64_t>& all) {
    return nd::from(all, {static_cast<std::int64_t>(all.size())});
  };
  const std::pair<Shape, DocumentNode> cases[] = {
      {{3},
       {.op_type = "BatchNormalization",
        .inputs = {"x", "three", "three", "three", "three"},
        .attributes = {{"training_mode", std::int64_t{1}}}}},
      {{},
       {.op_type = "BatchNormalization",
        .inputs = {"x", "three", "three", "three", "three"},
        .attributes = {{"training_mode", std::int64_t{1}}}}},
      {{3},
       {.op_type = "GroupNormalization",
        .inputs = {"x", "three", "three"},
        .attributes = {{"num_groups", std::int64_t{1}}}}},
      {{2, 3}, {.op_type = "Flatten", .inputs = {"x"}, .attributes = {{"axis", -kTurn / 2 - 1}}}},
      {{2, 3}, {.op_type = "Flatten", .inputs = {"x"}, .attributes = {{"axis", kTurn + 1}}}},
      {{2, 3},
       {.op_type = "GatherND", .inputs = {"x", "place"}, .attributes = {{"batch_dims", kTurn}}}},
      {{2, 3, 4}, {.op_type = "GlobalLpPool", .inputs = {"x"}, .attributes = {{"p", kTurn + 2}}}},
      {{4, 2}, {.op_type = "Split", .inputs = {"x", "few"}}},
      {{4, 2}, {.op_type = "Split", .inputs = {"x", "many"}}},
      {{1, 2, 8, 8},
       {.op_type = "Conv",
        .inputs = {"x", "filters"},
        .attributes = {{"auto_pad", std::string("SAME_UPPER")},
                       {"dilations", onnx::Ints{kLast, 1}}}}},
      {{1, 2, 2, 2},
       {.op_type = "MaxUnpool",
        .inputs = {"x", "places", "shape"},
        .attributes = {{"kernel_shape", onnx::Ints{2, 2}}, {"strides", onnx::Ints{2, 2}}}}},
      {{1, 2, 2, 2},
       {.op_type = "MaxUnpool",
        .inputs = {"x", "places"},
        .attributes = {{"kernel_shape", onnx::Ints{2, 2}}, {"pads", onnx::Ints{9, 0, 0, 0}}}}},
      {{1, 8, 1}, {.op_type = "STFT", .inputs = {"x", "step", "number"}}}};
  for (auto [shape, node] : cases) {
    Document document = relu();
    document.opset = 22;
    document.inputs[0].dimensions.clear();
    for (const std::int64_t size : shape) document.inputs[0].dimensions.push_back({.size = size});
    document.initializers = {{"three", nd::ones({3})},
                             {"place", numbers({0}).reshape({1, 1})},
                             {"few", numbers({1, 2})},
                             {"many", numbers({2, kLast})},
                             {"filters", nd::ones({2, 2, 3, 3})},
                             {"places", numbers({0, 1, 2, 3, 4, 5, 6, 7}).reshape({1, 2, 2, 2})},
                             {"shape", numbers({1, -kLast, 4, 4})},
                             {"step", numbers({2}).reshape({})},
                             {"number", nd::ones({})}};
    node.name = "odd";
    node.outputs = {"y"};
    if (node.op_type == "Split") node.outputs.push_back("rest");
    document.nodes = {node};
    EXPECT_THAT(refusal(document), HasSubstr(str("net.onnx: [", node.op_type, " odd]")));
  }
}

// ONNX looks at one channel more behind each, which MXNet's operator cannot.
TEST(BrokenOnnx, ALocalResponseOfAnEvenSize) {
  Document document = relu();
  document.inputs[0].dimensions = {{.size = 1}, {.size = 4}, {.size = 2}, {.size = 2}};
  document.nodes = {{.op_type = "LRN",
                     .name = "lrn",
                     .inputs = {"x"},
                     .outputs = {"y"},
                     .attributes = {{"size", std::int64_t{4}}}}};
  EXPECT_THAT(refusal(document), HasSubstr("[LRN lrn] size: expected an odd number, got 4"));
}

TEST(BrokenOnnx, ArgumentsThatOnlyARunKnows) {
  Document document = relu();
  document.inputs.push_back({.name = "s", .dtype = int64, .dimensions = {{.size = 1}}});
  document.nodes = {{.op_type = "Reshape", .name = "flat", .inputs = {"x", "s"}, .outputs = {"y"}}};
  EXPECT_THAT(refusal(document), HasSubstr("[Reshape flat] input 1 (s) must follow"));
}

// The wire form of a model whose one node has a graph inside, written by hand: attribute "body".
TEST(BrokenOnnx, GraphsInsideOfNodes) {
  const auto field = [](int number, const std::string& bytes) {
    std::string text(1, static_cast<char>(number * 8 + 2));
    for (std::size_t size = bytes.size();; size /= 128) {
      text.push_back(static_cast<char>(size % 128 + (size >= 128 ? 128 : 0)));
      if (size < 128) break;
    }
    return text + bytes;
  };
  const std::string type("\xA0\x01\x05", 3);  // field 20: a graph
  // Graphs in graphs without end are no deeper for us.
  std::string deep;
  for (int depth = 0; depth < 1000; ++depth) deep = field(1, field(5, field(6, deep)));
  const std::string attribute = field(1, "body") + field(6, deep) + type;
  const std::string node =
      field(1, "x") + field(2, "y") + field(3, "again") + field(4, "Loop") + field(5, attribute);
  const std::string opset = field(8, std::string("\x10\x0D", 2));
  const std::string model = field(7, field(1, node)) + opset;
  EXPECT_THAT(message_of([&] { onnx::import_bytes(model, "net.onnx"); }),
              HasSubstr("[Loop again] body: graphs inside of nodes"));
}

// A model whose initializer lies in a file of its own, written by hand.
std::string external_model(const std::string& location, const std::string& offset,
                           const std::string& length) {
  const auto field = [](int number, const std::string& bytes) {
    return std::string(1, static_cast<char>(number * 8 + 2)) + static_cast<char>(bytes.size()) +
           bytes;
  };
  const auto pair = [&](const std::string& key, const std::string& value) {
    return field(13, field(1, key) + field(2, value));
  };
  std::string tensor =
      std::string("\x08\x03\x10\x01", 4) + field(8, "w") + pair("location", location);
  if (!offset.empty()) tensor += pair("offset", offset);
  if (!length.empty()) tensor += pair("length", length);
  tensor += std::string("\x70\x01", 2);
  const std::string value = field(1, "y") + field(2, field(1, std::string("\x08\x01", 2)));
  const std::string node = field(1, "w") + field(2, "y") + field(3, "n") + field(4, "Relu");
  const std::string graph = field(1, node) + field(5, tensor) + field(12, value);
  return field(7, graph) + field(8, std::string("\x10\x0D", 2));
}

TEST(ExternalData, LieInTheModelsFolder) {
  const Folder folder;
  const Folder elsewhere;
  const std::string numbers(reinterpret_cast<const char*>(std::vector<float>{9, 1, -2, 3}.data()),
                            16);
  std::filesystem::create_directory(folder / "deeper");
  for (const std::string& path : {folder / "w.bin", folder / "deeper/w.bin", elsewhere / "w.bin"}) {
    write_file(path, numbers);
  }
  std::filesystem::create_symlink(elsewhere / "w.bin", folder / "link.bin");
  std::filesystem::create_directory_symlink(elsewhere.path, folder / "away");
  const auto import = [&](const std::string& location, const std::string& offset = "4",
                          const std::string& length = "12") {
    write_file(folder / "m.onnx", external_model(location, offset, length));
    return onnx::import_model(folder / "m.onnx");
  };
  for (const char* location : {"w.bin", "deeper/w.bin", "./w.bin"}) {
    const auto got = testing::run_model(import(location), {});
    EXPECT_EQ(got[0].to_vector<float>(), (std::vector<float>{1, 0, 3})) << location;
  }
  const std::string name = std::filesystem::path(elsewhere.path).filename();
  for (const std::string& location :
       {elsewhere / "w.bin", "../" + name + "/w.bin", std::string("deeper/../w.bin"),
        std::string("link.bin"), std::string("away/w.bin"), std::string("deeper"),
        std::string("none.bin"), std::string()}) {
    EXPECT_THAT(message_of([&] { import(location); }), HasSubstr("initializer w")) << location;
  }
  for (const auto& [offset, length] : std::vector<std::pair<std::string, std::string>>{
           {"8", "12"}, {"4", "11"}, {"99999999999999999999", "12"}, {"-4", "12"}, {"x", "12"}}) {
    EXPECT_THAT(message_of([&] { import("w.bin", offset, length); }), HasSubstr("initializer w"))
        << offset;
  }
  EXPECT_THAT(message_of([&] { onnx::import_bytes(external_model("w.bin", "4", "12")); }),
              HasSubstr("need a model that is a file"));
}

// Whatever bytes are changed, there is a sentence or a network.
TEST(BrokenOnnx, AnyBytesAreReadOrRefused) {
  std::mt19937 generator(11);
  for (const char* name : {"convnet_dynamic", "recurrent", "transformer_dynamic", "shapes",
                           "forms_control", "forms_rows"}) {
    const std::string whole = read_file(str(ONNX_DATA, "/", name, ".onnx"));
    for (int round = 0; round < 100; ++round) {
      std::string bytes = whole;
      for (int change = 0; change < 1 + round % 4; ++change) {
        bytes[generator() % bytes.size()] = static_cast<char>(generator());
      }
      if (round % 7 == 0) bytes.resize(generator() % bytes.size());
      try {
        onnx::import_bytes(bytes);
      } catch (const Error& error) {
        EXPECT_FALSE(std::string(error.what()).empty());
      }
    }
  }
}

TEST(BrokenOnnx, TheEarlierFileStays) {
  const Folder folder;
  const std::string path = folder / "net.onnx";
  const Symbol x = sym::var("x");
  onnx::export_model(path, sym::relu(x), {}, {{"x", {2, 3}}});
  const std::string before = read_file(path);
  const Symbol none = sym::invoke("gammaln", {x});
  EXPECT_THAT(message_of([&] {
                onnx::export_model(path, none, {}, {{"x", {2, 3}}});
              }),
              HasSubstr("[gammaln gammaln0] has no form in ONNX"));
  EXPECT_EQ(read_file(path), before);
  EXPECT_THAT(message_of([&] {
                onnx::export_model(path, sym::relu(x), {}, {{"x", {2, 3}}}, {.opset = 12});
              }),
              HasSubstr("13 to 21"));
  EXPECT_THROW(onnx::export_model(folder / "no/net.onnx", sym::relu(x), {}, {{"x", {2, 3}}}),
               Error);
}

}  // namespace
}  // namespace gluino
