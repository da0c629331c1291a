#include <gluino/base/file.h>
#include <gluino/viz/drawing.h>
#include <gluino/viz/graphviz.h>
#include <gluino/viz/plot_network.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "ops/support.h"
#include "viz/networks.h"

namespace gluino::viz {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using testing::message_of;
using ::testing::Not;
using Lines = std::vector<std::string>;

// The nodes of a drawing as "id|label|shape|colour", and its edges as "tail>head|label".
Lines nodes_of(const Digraph& drawing) {
  static const std::regex node(
      "\t\"(.*)\" \\[label=\"(.*)\" \"fillcolor\"=\"#(\\w+)\" \"fixedsize\"=\"true\" "
      "\"height\"=\"0.8034\" \"shape\"=\"(\\w+)\" \"style\"=\"filled\" \"width\"=\"1.3\"\\]");
  Lines lines;
  const std::string source = drawing.source();
  for (std::sregex_iterator i(source.begin(), source.end(), node), end; i != end; ++i) {
    lines.push_back((*i)[1].str() + "|" + (*i)[2].str() + "|" + (*i)[4].str() + "|" +
                    (*i)[3].str());
  }
  return lines;
}

Lines edges_of(const Digraph& drawing) {
  static const std::regex edge(
      "\t\"(.*)\" -> \"(.*)\" \\[label=\"(.*)\" \"arrowtail\"=\"open\" \"dir\"=\"back\"\\]");
  Lines lines;
  const std::string source = drawing.source();
  for (std::sregex_iterator i(source.begin(), source.end(), edge), end; i != end; ++i) {
    lines.push_back((*i)[1].str() + ">" + (*i)[2].str() + "|" + (*i)[3].str());
  }
  return lines;
}

// What follows is taken from the drawings of MXNet 1.9.1.
TEST(PlotNetwork, LabelsAndColoursAreMxnets) {
  EXPECT_THAT(
      nodes_of(plot_network(testing::lenet())),
      ElementsAreArray(
          {"data|data|oval|8dd3c7", R"(conv1|Convolution\n5x5/1, 20|box|fb8072)",
           R"(tanh1|Activation\ntanh|box|ffffb3)", R"(pool1|Pooling\nmax, 2x2/2x2|box|80b1d3)",
           R"(conv2|Convolution\n5x5/1, 50|box|fb8072)", R"(tanh2|Activation\ntanh|box|ffffb3)",
           R"(pool2|Pooling\nmax, 2x2/2x2|box|80b1d3)", "flatten0|flatten0|box|fdb462",
           R"(fc1|FullyConnected\n500|box|fb8072)", R"(tanh3|Activation\ntanh|box|ffffb3)",
           R"(fc2|FullyConnected\n10|box|fb8072)", "softmax_label|softmax_label|oval|8dd3c7",
           "softmax|softmax|box|fccde5"}));
  EXPECT_THAT(
      nodes_of(plot_network(testing::branches())),
      ElementsAreArray(
          {"data|data|oval|8dd3c7", R"(conv_a|Convolution\n3x3/1, 8|box|fb8072)",
           "bn_a|bn_a|box|bebada", R"(relu_a|Activation\nrelu|box|ffffb3)",
           R"(conv_b|Convolution\n3x3/1x1, 8|box|fb8072)", "bn_b|bn_b|box|bebada",
           "sum|sum|box|fccde5", "split|split|box|fccde5", "join|join|box|fdb462",
           R"(pool|Pooling\navg, 1x1/1|box|80b1d3)", "flat|flat|box|fdb462",
           R"(a_layer_with_a_name_so_long_that_the_column_cuts_it_off|FullyConnected\n10|box|fb8072)",
           "out|out|box|fccde5"}));
}

TEST(PlotNetwork, EdgesRunBackAndCarryShapesAndTypes) {
  EXPECT_THAT(edges_of(plot_network(testing::mlp())),
              ElementsAre("fc1>data|", "relu1>fc1|", "fc2>relu1|", "relu2>fc2|", "fc3>relu2|",
                          "softmax>fc3|", "softmax>softmax_label|"));
  EXPECT_THAT(
      edges_of(plot_network(testing::mlp(),
                            {.shape = {{"data", {100, 784}}}, .dtype = {{"data", float32}}})),
      ElementsAre("fc1>data|784(float32)", "relu1>fc1|128(float32)", "fc2>relu1|128(float32)",
                  "relu2>fc2|64(float32)", "fc3>relu2|64(float32)", "softmax>fc3|10(float32)",
                  "softmax>softmax_label|(float32)"));
  EXPECT_THAT(edges_of(plot_network(testing::branches(), {.shape = {{"data", {4, 3, 12, 12}}}})),
              ElementsAreArray({"conv_a>data|3x12x12", "bn_a>conv_a|8x12x12", "relu_a>bn_a|8x12x12",
                                "conv_b>relu_a|8x12x12", "bn_b>conv_b|8x12x12",
                                "sum>relu_a|8x12x12", "sum>bn_b|8x12x12", "split>sum|8x12x12",
                                "join>split|4x12x12", "join>split|4x12x12", "join>sum|8x12x12",
                                "pool>join|16x12x12", "flat>pool|16x1x1",
                                "a_layer_with_a_name_so_long_that_the_column_cuts_it_off>flat|16",
                                "out>a_layer_with_a_name_so_long_that_the_column_cuts_it_off|10"}));
}

TEST(PlotNetwork, WeightsAreShownOnRequest) {
  const Digraph shown = plot_network(testing::mlp(), {.hide_weights = false});
  EXPECT_THAT(shown.source(), HasSubstr("\"fc1_weight\" [label=\"fc1_weight\"]"));
  EXPECT_THAT(edges_of(shown), ::testing::Contains("fc1>fc1_bias|"));
  EXPECT_THAT(plot_network(testing::mlp()).source(), Not(HasSubstr("fc1_weight")));
}

TEST(PlotNetwork, TakesTitleAndAttributes) {
  const std::string source =
      plot_network(testing::mlp(), {.title = "my net", .node_attrs = {{"fixedsize", "false"}}})
          .source();
  EXPECT_TRUE(source.starts_with("digraph \"my net\" {\n")) << source;
  EXPECT_THAT(source, HasSubstr("\"fixedsize\"=\"false\""));
  EXPECT_THAT(source, Not(HasSubstr("\"fixedsize\"=\"true\"")));
}

// By how many inches the label of each node of fixed size is beyond its box or oval; below 0 it is
// within.
std::vector<double> overhangs(const std::string& dot, double font_size) {
  std::vector<double> result;
  std::istringstream nodes(dot);
  for (std::string node; std::getline(nodes, node);) {
    const auto value = [&](const std::string& name) {
      std::smatch found;
      const std::regex pattern(name + "=\"((?:[^\"\\\\]|\\\\.)*)\"");
      return std::regex_search(node, found, pattern) ? found[1].str() : "";
    };
    if (value("\"fixedsize\"") != "true") continue;
    std::istringstream lines(std::regex_replace(value("label"), std::regex(R"(\\n)"), "\n"));
    double text_width = 0;
    double text_height = 0;
    for (std::string line; std::getline(lines, line);) {
      text_width = std::max(text_width, width_of(Text{{}, line, {}, font_size}) / 72);
      text_height += 1.2 * font_size / 72;
    }
    const double width = std::stod(value("\"width\""));
    const double height = std::stod(value("\"height\""));
    const double room = value("\"shape\"") == "oval"
                            ? width * std::sqrt(1 - std::pow(text_height / height, 2))
                            : width;
    result.push_back(std::max(text_width - room, text_height - height));
  }
  return result;
}

TEST(PlotNetwork, TextFitsItsBoxes) {
  const std::string name = "a_name_that_goes_on_and_on_WWWWWWWWWWWWWWWW_ÄÖÜ_and_on";
  Symbol deep = sym::Activation(sym::var("the_input_" + name), {.act_type = "relu"}, "relu");
  deep = sym::BatchNorm(deep, {}, name);
  deep = sym::flatten(deep, "two\nlines " + name);
  for (const Symbol& symbol : {testing::lenet(), testing::branches(), testing::mlp(), deep}) {
    for (const double size : {10.0, 8.5, 24.0}) {
      PlotOptions options;
      if (size != 10) options.node_attrs["fontsize"] = str(size);
      const auto found = overhangs(plot_network(symbol, options).source(), size);
      EXPECT_GE(found.size(), 4U);
      for (const double overhang : found) EXPECT_LT(overhang, -0.05) << size;
    }
  }
  // A width that is asked for is kept; letters of another font are Graphviz's to measure.
  EXPECT_THAT(plot_network(deep, {.node_attrs = {{"width", "1.5"}}}).source(),
              Not(HasSubstr("\"width\"=\"5")));
  EXPECT_THAT(plot_network(deep, {.node_attrs = {{"fontname", "Courier"}}}).source(),
              HasSubstr("\"fixedsize\"=\"false\""));
}

TEST(PlotNetwork, NodesOfOneNameStayApart) {
  const auto a = sym::relu(sym::var("x"), "same");
  const Digraph drawing = plot_network(sym::relu(a, "same"));
  EXPECT_THAT(edges_of(drawing), ElementsAre("same>x|", "same (2)>same|"));
}

TEST(PlotNetwork, NamesAreOnlyText) {
  const std::string name = "a\"; b\\\n<i>&lt;\x01\xff é";
  const Digraph drawing = plot_network(sym::relu(sym::var(name), "out"));
  EXPECT_THAT(drawing.source(),
              HasSubstr(R"("a\"; b\\\n<i>&lt;?? é" [label="a\"; b\\\n<i>&amp;lt;?? é")"));
}

TEST(PlotNetwork, RefusesWhatCannotBeDrawn) {
  EXPECT_THAT(message_of([] { plot_network(Symbol()); }), HasSubstr("refers to nothing"));
  EXPECT_THAT(message_of([] { plot_network(testing::mlp(), {.save_format = "word"}); }),
              HasSubstr("unknown format 'word': expected svg, png, pdf, bmp, "));
  EXPECT_THAT(message_of([] {
                plot_network(testing::mlp(), {.shape = {{"softmax_label", {4}}}});
              }),
              HasSubstr("data"));
}

// A folder in which programs are looked for.
class Drawing : public ::testing::Test {
 protected:
  Drawing() {
    std::string name = ::testing::TempDir() + "plot_XXXXXX";
    check(::mkdtemp(name.data()) != nullptr, "no temporary folder");
    folder = name;
  }
  ~Drawing() override {
    ::setenv("PATH", path.c_str(), 1);
    std::filesystem::remove_all(folder);
  }
  void have_dot(const std::string& script, const std::string& name = "dot") const {
    const std::string file = folder + "/" + name;
    std::ofstream(file) << "#!/bin/sh\n" << script;
    ::chmod(file.c_str(), 0700);
    ::setenv("PATH", folder.c_str(), 1);
  }
  std::string at(const std::string& file) const { return folder + "/" + file; }

  std::string path = ::getenv("PATH");
  std::string folder;
  Digraph drawing = plot_network(testing::lenet());
};

TEST_F(Drawing, TextNeedsNoProgram) {
  ::setenv("PATH", folder.c_str(), 1);
  drawing.save(at("plot"));
  EXPECT_EQ(read_file(at("plot")), drawing.source());
  EXPECT_EQ(drawing.render(at("plot.dot")), at("plot.dot"));
  EXPECT_EQ(read_file(at("plot.dot")), drawing.source());
}

TEST_F(Drawing, WithoutGraphvizSaysWhatIsMissing) {
  ::setenv("PATH", folder.c_str(), 1);
  write_file(at("plot.svg"), "earlier");
  EXPECT_THAT(message_of([&] { drawing.render(at("plot.svg")); }),
              HasSubstr("needs the program dot of Graphviz, found none in PATH"));
  EXPECT_EQ(read_file(at("plot.svg")), "earlier");
}

TEST_F(Drawing, ShowsWhatGraphvizSays) {
  have_dot("echo half a picture; echo 'Error: syntax' >&2; echo more >&2; exit 1");
  EXPECT_THAT(message_of([&] { drawing.render(at("plot.svg")); }),
              HasSubstr("dot -Tsvg gave no picture: Error: syntax more"));
  have_dot("exit 0");
  EXPECT_THAT(message_of([&] { drawing.pipe("png"); }), HasSubstr("no explanation"));
  EXPECT_FALSE(std::filesystem::exists(at("plot.svg")));
}

TEST_F(Drawing, TheNameTellsTheFormat) {
  have_dot("echo $1; read line; echo \"$line\"");
  EXPECT_EQ(drawing.render(at("a.svg")), at("a.svg"));
  EXPECT_EQ(read_file(at("a.svg")), "-Tsvg\ndigraph \"plot\" {\n");
  EXPECT_EQ(drawing.render(at("a.png")), at("a.png"));
  EXPECT_EQ(read_file(at("a.png")), "-Tpng\ndigraph \"plot\" {\n");
  EXPECT_EQ(drawing.render(at("net.1")), at("net.1.pdf"));
  EXPECT_EQ(read_file(at("net.1.pdf")), "-Tpdf\ndigraph \"plot\" {\n");
  EXPECT_THAT(message_of([&] { drawing.pipe("svg -o/tmp/x"); }), HasSubstr("expected svg"));
}

TEST_F(Drawing, AnyProgramAndFormatOfGraphviz) {
  have_dot("echo $0 $1", "neato");
  EXPECT_EQ(drawing.pipe("ps2", "neato"), at("neato") + " -Tps2\n");
  EXPECT_EQ(drawing.render(at("a.jpg"), "neato"), at("a.jpg"));
  EXPECT_EQ(read_file(at("a.jpg")), at("neato") + " -Tjpg\n");
  const Digraph other = plot_network(testing::mlp(), {.save_format = "webp"});
  EXPECT_EQ(other.render(at("b"), "neato"), at("b.webp"));
  EXPECT_THAT(message_of([&] { drawing.pipe("svg", "fdp"); }),
              HasSubstr("needs the program fdp of Graphviz, found none in PATH"));
  EXPECT_THAT(message_of([&] { drawing.pipe("svg", "/bin/cat"); }),
              HasSubstr("unknown engine '/bin/cat': expected dot, neato, "));
}

TEST_F(Drawing, WhatGraphvizSaysIsUtf8AndShort) {
  have_dot("printf 'caf\\351 \\303\\251\\tx' >&2; head -c 1000 /dev/zero | tr '\\0' y >&2; exit 1");
  ::setenv("PATH", (folder + ":" + path).c_str(), 1);
  const std::string message = message_of([&] { drawing.pipe("svg"); });
  EXPECT_THAT(message, HasSubstr("caf? é xyyy"));
  EXPECT_TRUE(message.ends_with("yyy...")) << message;
}

TEST_F(Drawing, EndsWhenAsked) {
  have_dot("exec sleep 100");
  ::setenv("PATH", (folder + ":" + path).c_str(), 1);
  int asked = 0;
  EXPECT_THAT(message_of([&] {
                run_graphviz(drawing.source(), {.should_stop = [&] { return ++asked == 3; }});
              }),
              HasSubstr("dot: was ended before it was done"));
  EXPECT_EQ(asked, 3);
}

TEST_F(Drawing, GraphvizDrawsIt) {
  try {
    drawing.pipe("svg");
  } catch (const Error& error) {
    if (std::string(error.what()).find("found none in PATH") == std::string::npos) throw;
    GTEST_SKIP() << "Graphviz is not installed";
  }
  const std::string svg = drawing.pipe("svg");
  EXPECT_THAT(svg, HasSubstr(">5x5/1, 20</text>"));
  EXPECT_THAT(svg, HasSubstr("</svg>"));
  // Each text of a box lies within its corners.
  static const std::regex box(
      "<polygon fill=\"#[^>]* points=\"([0-9.-]+),[^ ]* "
      "([0-9.-]+),[^>]*>((?:\n<text[^>]*>[^<]*</text>)+)");
  static const std::regex text(" x=\"([0-9.]+)\"[^>]* font-size=\"([0-9.]+)\">([^<]*)<");
  int texts = 0;
  for (std::sregex_iterator i(svg.begin(), svg.end(), box), end; i != end; ++i) {
    const double right = std::stod((*i)[1].str());
    const double left = std::stod((*i)[2].str());
    const std::string lines = (*i)[3].str();
    for (std::sregex_iterator k(lines.begin(), lines.end(), text); k != end; ++k, ++texts) {
      const double size = std::stod((*k)[2].str());
      const double half = width_of(Text{{}, (*k)[3].str(), {}, size}) / 2;
      const double middle = std::stod((*k)[1].str());
      EXPECT_GE(middle - half, left) << k->str();
      EXPECT_LE(middle + half, right) << k->str();
    }
  }
  EXPECT_GE(texts, 15) << svg;
  const Digraph odd = plot_network(sym::relu(sym::var("a\"\\N<b>&lt;"), "out"));
  EXPECT_THAT(odd.pipe("svg"), HasSubstr(">a&quot;\\N&lt;b&gt;&amp;lt;</text>"));
}

}  // namespace
}  // namespace gluino::viz
