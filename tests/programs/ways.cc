#include "programs/ways.h"

#include <algorithm>

namespace gluino::programs {

const std::vector<Way>& ways() {
  static const std::vector<Way> all{
      eager_way(), traced_way(), hybridized_way(), toggled_way(),  bound_way(),
      saved_way(), module_way(), frozen_way(),     reloaded_way(), capturing_way(),
      moved_way(), copies_way(), quantized_way()};
  return all;
}

const Way& way_of(const std::string& name) {
  const auto found =
      std::find_if(ways().begin(), ways().end(), [&](const Way& way) { return way.name == name; });
  check(found != ways().end(), "no way of running is called ", name);
  return *found;
}

void see_output(Outcome& outcome, std::size_t step, std::size_t head, const NDArray& value) {
  outcome.push_back({str("step ", step, ", output ", head), value.copy()});
}

void see_gradient(Outcome& outcome, std::size_t step, int backward, int node,
                  const NDArray& value) {
  outcome.push_back(
      {str("step ", step, ", backward ", backward, ", gradient of ", name_of(node)), value.copy()});
}

void see_value(Outcome& outcome, std::size_t step, int node, const NDArray& value) {
  outcome.push_back({str("step ", step, ", value of ", name_of(node)), value.copy()});
}

std::vector<NDArray> head_gradients(const Step& step, const std::vector<NDArray>& heads) {
  std::vector<NDArray> gradients(heads.size());
  if (!step.heads_given) return gradients;
  for (std::size_t i = 0; i < heads.size(); ++i) {
    const auto seed = static_cast<unsigned>(31 + 7 * i) + step.draw;
    gradients[i] =
        testing::filled({heads[i].shape()}, heads[i].dtype(), seed).as_in_context(place());
  }
  return gradients;
}

}  // namespace gluino::programs
