#include <gluino/ops/control/subgraph_checks-inl.h>

#include <vector>

namespace gluino {

const std::vector<std::shared_ptr<const Callable>>& graphs_of(
    const char* op, const std::shared_ptr<const Subgraphs>& subgraphs, std::size_t count) {
  check(subgraphs != nullptr, "[", op, "] has no subgraphs");
  const auto& graphs = subgraphs->graphs();
  check(graphs.size() == count, "[", op, "] subgraphs: expected ", count, ", got ", graphs.size());
  return graphs;
}

void check_locations(const char* op, const char* option, const Locations& locations,
                     std::size_t limit) {
  std::vector<bool> seen(limit, false);
  for (const int number : locations.at) {
    const auto index = static_cast<std::size_t>(number);
    check(index < limit, "[", op, "] ", option, ": ", number, " is none of ", limit, " inputs");
    check(!seen[index], "[", op, "] ", option, ": input ", number, " is named twice");
    seen[index] = true;
  }
}

void check_locations(const char* op, const char* option, const Locations& locations,
                     std::size_t count, std::size_t limit) {
  check(locations.size() == count, "[", op, "] ", option, ": expected ", count, " numbers, got ",
        locations.size());
  check_locations(op, option, locations, limit);
}

void check_outputs(const char* op, const Callable& graph, int num_outputs) {
  check(graph.num_outputs() == num_outputs, "[", op, "] num_outputs: the graph gives ",
        graph.num_outputs(), ", got ", num_outputs);
}

void add_names(std::vector<std::string>& names, const char* stem, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) names.push_back(str(stem, i));
}

std::vector<std::string> names_of_outputs(int count) {
  std::vector<std::string> names;
  if (count == 1) {
    names = {"output"};
  } else {
    add_names(names, "output", static_cast<std::size_t>(count));
  }
  names.emplace_back("way");
  return names;
}

bool is_true(const char* what, const Tensor& tensor) {
  check(tensor.size() == 1, what, ": expected one number, got shape ", tensor.shape);
  bool result = false;
  dispatch(tensor.dtype, [&]<class T>() { result = *tensor.as<T>() != T(0); });
  return result;
}

}  // namespace gluino
