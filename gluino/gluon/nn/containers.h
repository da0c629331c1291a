#pragma once

#include <gluino/gluon/hybrid_block.h>

#include <concepts>

namespace gluino::gluon::nn {

/// True where `layer` is a Flatten and `next` flattens its input itself: between them nobody sees
/// the copy that the first would make, except a hook or a graph that is being traced.
GLUINO_API bool needs_no_call(const Block& layer, const Block& next);

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

  NDArray forward(const NDArray& input) override {
    NDArray x = input;
    const auto& layers = this->children();
    for (std::size_t i = 0; i < layers.size(); ++i) {
      Block& layer = *layers[i].second;
      if (i + 1 < layers.size() && needs_no_call(layer, *layers[i + 1].second)) continue;
      x = layer(x);
    }
    return x;
  }

  std::size_t size() const { return this->children().size(); }
  /// Throws Error when there is no such layer.
  Block& operator[](std::size_t index) const {
    check(index < size(), this->type_name(), " ", this->prefix(), " has ", size(),
          " layers; there is no number ", index);
    return *this->children()[index].second;
  }

 private:
  void append(std::shared_ptr<Block> layer) {
    this->register_child(std::to_string(size()), std::move(layer));
  }
};

/// Layers that run one after the other:
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
