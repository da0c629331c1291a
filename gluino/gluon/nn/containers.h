#pragma once

#include <gluino/gluon/hybrid_block.h>

#include <concepts>

namespace gluino::gluon::nn {

/// True where `layer` is a Flatten and `next` flattens its input itself: between them nobody sees
/// the copy that the first would make, except a hook or a graph that is being traced.
GLUINO_API bool needs_no_call(const Block& layer, const Block& next);

/// True for Sequential and HybridSequential themselves, false for classes derived from them.
GLUINO_API bool is_plain_chain(const Block& block);

/// What Sequential and HybridSequential share: layers that run one after the other.
template <class Base>
class Chain : public Base {
 public:
  explicit Chain(const std::string& prefix = {})
      : Base(new_prefix(std::is_same_v<Base, HybridBlock> ? "hybridsequential" : "sequential",
                        prefix)) {}

  /// Appends layers; they are moved into the container, in the order given. Returns the container.
  /// Names that were counted ("conv0_") follow that order too: C++ may make the arguments of a call
  /// in any.
  template <std::derived_from<Base>... Layers>
  Chain& add(Layers... layers) {
    const std::vector<std::string> prefixes = counted_in_order({layers.prefix()...});
    std::size_t i = 0;
    (layers.rename(prefixes[i++]), ...);
    (append(std::make_shared<Layers>(std::move(layers))), ...);
    return *this;
  }
  Chain& add(std::shared_ptr<Base> layer) {
    append(std::move(layer));
    return *this;
  }

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverloaded-virtual"  // as in block.h
  NDArray forward(const NDArray& input) override { return pass(input).array(); }
  /// pass(), unless a derived class has a forward of one array and is given one.
  Nested forward(const Nested& inputs) override {
    if (inputs.is_array() && !is_plain_chain(*this)) return this->forward(inputs.array());
    return pass(inputs);
  }
#pragma GCC diagnostic pop

  std::size_t size() const { return this->children().size(); }
  /// A negative number counts from the end. Throws Error when there is no such layer.
  Block& operator[](std::int64_t index) const {
    const auto count = static_cast<std::int64_t>(size());
    check(index >= -count && index < count, this->type_name(), " ", this->prefix(), " has ", count,
          " layers; there is no number ", index);
    return *this->children()[static_cast<std::size_t>(index < 0 ? index + count : index)].second;
  }

 protected:
  /// Of another kind: `hint` begins a counted prefix.
  Chain(const char* hint, const std::string& prefix) : Base(new_prefix(hint, prefix)) {}

  /// Runs the layers. What one gives goes to the next: the items of a list as its arguments. A
  /// derived class that gives several arrays for one says so: its forward(const Nested&) is this.
  Nested pass(const Nested& inputs) const {
    Nested x = inputs;
    const auto& layers = this->children();
    for (std::size_t i = 0; i < layers.size(); ++i) {
      Block& layer = *layers[i].second;
      if (i + 1 < layers.size() && needs_no_call(layer, *layers[i + 1].second)) continue;
      x = layer.call(x);
    }
    return x;
  }

 private:
  void append(std::shared_ptr<Block> layer) {
    this->register_child(std::to_string(size()), std::move(layer));
  }
};

/// Layers that run one after the other, each of what the one before it gave, which may be several
/// arrays:
///
///     nn::Sequential net;
///     net.add(nn::Dense({.units = 128, .activation = "relu"}), nn::Dense({.units = 10}));
class GLUINO_API Sequential : public Chain<Block> {
 public:
  using Chain::Chain;
};

/// The same of hybrid blocks only, so that the whole can be turned into a graph.
class GLUINO_API HybridSequential : public Chain<HybridBlock> {
 public:
  using Chain::Chain;
};

}  // namespace gluino::gluon::nn
