#include <gluino/autograd/tape.h>
#include <gluino/base/free_in_turn.h>

#include <utility>

namespace gluino::autograd {

Node::~Node() {
  free_in_turn(std::move(inputs));
  free_in_turn(std::move(behind));
}

void Node::release() {
  released = true;
  options.reset();
  in_values.clear();
  out_values.clear();
  // Taken out first: what ends with them may come back here.
  const auto drop = [](PooledVector<std::shared_ptr<Entry>>& entries) {
    PooledVector<std::shared_ptr<Entry>>().swap(entries);
  };
  drop(inputs);
  drop(behind);
}

void Node::check_unchanged() const {
  const auto check_all = [&](const PooledVector<Kept>& kept, const char* what) {
    for (std::size_t i = 0; i < kept.size(); ++i) {
      if (kept[i].is_unchanged()) continue;
      fail("backward: ", what, " ", i, " of [", op->name, "], an array of shape ",
           kept[i].value.shape(),
           ", was changed in place after it was used, and the gradient needs what it was; change a "
           "copy, or change it after backward");
    }
  };
  check_all(in_values, "input");
  check_all(out_values, "output");
}

std::shared_ptr<Entry> entry_of(const NDArray& array) {
  // Autograd is the only room that makes entries.
  return std::static_pointer_cast<Entry>(array.autograd_entry());
}

}  // namespace gluino::autograd
