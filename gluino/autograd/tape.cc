#include <gluino/autograd/tape.h>

#include <utility>

namespace gluino::autograd {

Node::~Node() {
  // The first destructor on a thread takes apart what hangs on it, one node after the other; those
  // it meets on the way put their inputs on the list.
  static thread_local PooledVector<std::shared_ptr<Entry>>* pending = nullptr;
  if (pending != nullptr) {
    for (auto& input : inputs) pending->push_back(std::move(input));
    return;
  }
  PooledVector<std::shared_ptr<Entry>> list = std::move(inputs);
  pending = &list;
  while (!list.empty()) {
    const std::shared_ptr<Entry> last = std::move(list.back());
    list.pop_back();
  }
  pending = nullptr;
}

void Node::release() {
  released = true;
  options.reset();
  in_values.clear();
  out_values.clear();
}

std::shared_ptr<Entry> entry_of(const NDArray& array) {
  // Autograd is the only room that makes entries.
  return std::static_pointer_cast<Entry>(array.autograd_entry());
}

}  // namespace gluino::autograd
