// Writes into a folder, for every sample of every operator that has a form in ONNX and for whole
// networks, the ONNX file, what it is given, and what it gives here; compare_with_onnxruntime.py
// has another runtime compute the same. Usage: onnx_cases samples|networks
// FOLDER OPSET; onnx_cases operators prints the lists of docs/onnx.md.
#include <gluino/gluon/model_zoo/vision.h>

#include <filesystem>
#include <iostream>

#include "onnx/sample_graph.h"

namespace gluino {
namespace {

using testing::graph_of;
using testing::SampleGraph;
using testing::shapes_of;

// NUMBER.onnx beside NUMBER.npz with the arrays "in:NAME" and "out:PLACE".
class Cases {
 public:
  Cases(std::string folder, int opset) : folder_(std::move(folder)), opset_(opset) {}

  void add(const std::string& name, const SampleGraph& graph, const Shapes& shapes) {
    const std::string path = str(folder_, "/", name, ".", count_);
    onnx::export_model(path + ".onnx", graph.symbol, graph.parameters, shapes, {.opset = opset_});
    std::map<std::string, NDArray> arrays;
    for (const auto& [input, array] : graph.inputs) arrays["in:" + input] = array;
    for (std::size_t i = 0; i < graph.expected.size(); ++i) {
      arrays[str("out:", i)] = graph.expected[i];
    }
    nd::save(path + ".npz", arrays);
    ++count_;
  }

  int count() const { return count_; }

 private:
  std::string folder_;
  int opset_;
  int count_ = 0;
};

void write_samples(Cases& cases) {
  const auto written = onnx::written_operators();
  for (const Op* op : Op::all()) {
    if (std::find(written.begin(), written.end(), op->name) == written.end()) continue;
    for (const Sample& sample : op->samples) {
      const SampleGraph graph = graph_of(*op, sample);
      const auto has_none = [](const auto& array) { return array.second.size() == 0; };
      // Runtimes disagree about arrays without elements.
      if (std::any_of(graph.inputs.begin(), graph.inputs.end(), has_none)) continue;
      try {
        cases.add(op->name, graph, shapes_of(graph.inputs));
      } catch (const Error& error) {
        if (std::string(error.what()).find("no form in ONNX") == std::string::npos) throw;
      }
    }
  }
}

void write_network(Cases& cases, const std::string& name, gluon::HybridBlock& net,
                   const NDArray& images) {
  net.initialize(init::Xavier());
  SampleGraph graph;
  graph.expected = {net(images)};
  graph.symbol = net.to_symbol(images);
  graph.inputs = {{"data", images}};
  for (const gluon::Parameter& parameter : net.collect_params()) {
    graph.parameters[parameter.name()] = parameter.data();
  }
  Shape shape = images.shape();
  shape[0] = -1;
  cases.add(name, graph, {{"data", shape}});
}

void write_networks(Cases& cases) {
  using namespace gluon;
  random::seed(3);
  nn::HybridSequential lenet, mlp;
  lenet.add(nn::Conv2D({.channels = 20, .kernel_size = {5, 5}, .activation = "tanh"}),
            nn::MaxPool2D({.pool_size = {2, 2}, .strides = {2, 2}}),
            nn::Conv2D({.channels = 50, .kernel_size = {5, 5}, .activation = "tanh"}),
            nn::MaxPool2D({.pool_size = {2, 2}, .strides = {2, 2}}), nn::Flatten(),
            nn::Dense({.units = 500, .activation = "tanh"}), nn::Dense({.units = 10}));
  write_network(cases, "lenet", lenet, nd::random::uniform({.shape = {3, 1, 28, 28}}));
  mlp.add(nn::Dense({.units = 128, .activation = "relu"}),
          nn::Dense({.units = 64, .activation = "relu"}), nn::Dense({.units = 10}));
  write_network(cases, "mlp", mlp, nd::random::uniform({.shape = {3, 784}}));
  for (const std::string& name : model_zoo::model_names()) {
    const std::int64_t size = name.starts_with("inception") ? 299 : 224;
    const auto net = model_zoo::get_model(name, {.classes = 10});
    write_network(cases, name, *net, nd::random::uniform({.shape = {1, 3, size, size}}));
  }
}

// As docs/onnx.md has it.
void print_list(const std::string& mark, const std::vector<std::string>& names) {
  constexpr std::size_t kWidth = 118;
  std::cout << "<!-- " << mark << " -->\n";
  std::string line;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string word = str("`", names[i], i + 1 < names.size() ? "`," : "`");
    if (!line.empty() && line.size() + 1 + word.size() > kWidth) {
      std::cout << line << "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  std::cout << line << "\n<!-- end -->\n";
}

}  // namespace
}  // namespace gluino

int main(int argc, char** argv) {
  if (argc == 2 && std::string(argv[1]) == "operators") {
    gluino::print_list("written", gluino::onnx::written_operators());
    gluino::print_list("read", gluino::onnx::read_operators());
    return 0;
  }
  if (argc != 4) {
    std::cerr << "usage: onnx_cases operators, or onnx_cases samples|networks FOLDER OPSET\n";
    return 2;
  }
  std::filesystem::create_directories(argv[2]);
  gluino::Cases cases(argv[2], std::stoi(argv[3]));
  if (std::string(argv[1]) == "samples") {
    gluino::write_samples(cases);
  } else {
    gluino::write_networks(cases);
  }
  std::cout << cases.count() << " cases\n";
}
