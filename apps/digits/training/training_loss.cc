#include <apps/digits/training/training_loss.h>

#include <vector>

namespace digits {

void ClassAccuracy::update_batch(std::span<const gluino::NDArray> labels,
                                 std::span<const gluino::NDArray> scores) {
  std::int64_t right = 0;
  std::int64_t all = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i].size() == 0) continue;
    const std::vector<int> classes = labels[i].to_vector<int>();
    const std::vector<int> found = scores[i].argmax(1).to_vector<int>();
    for (std::size_t k = 0; k < classes.size(); ++k) {
      if (classes[k] < 0) continue;
      ++all;
      right += classes[k] == found[k] ? 1 : 0;
    }
  }
  count(static_cast<double>(right), all);
}

}  // namespace digits
