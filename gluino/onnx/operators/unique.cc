#include <gluino/ndarray/creation.h>
#include <gluino/onnx/translation/composer.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/ordering/ordering.h>

#include <memory>

// Different elements. How many there are only the data tell: ours is told it by an option, ONNX' by
// the shape that its outputs are brought into.
namespace gluino::onnx {
namespace {

class Unique {
 public:
  explicit Unique(const ImportNode& n)
      : n_(n), is_sorted_(n.integer("sorted", 1) != 0), is_flat_(!n.has("axis")) {
    if (!is_flat_) axis_ = n.integer("axis");
  }

  /// The different ones, where each stands first, which each part is, and how often each is there.
  Symbols outputs(std::int64_t count) const {
    const Composer c(n_);
    const Symbol all = n_.make_by_text("_npi_unique", options(str(count)), {n_.in()});
    Symbols outputs{all[0], all[1], all[2], all[3]};
    if (is_sorted_) return outputs;
    // In the order in which they stand first, that is of their places.
    const auto order_of = [&](const Symbol& places) {
      return n_.make("argsort", ArgsortOptions{.dtype = int64}, {places});
    };
    const Symbol order = order_of(all[1]);
    const auto taken = [&](const Symbol& x, const Symbol& at, std::int64_t axis) {
      return n_.make_by_text("take", {{"axis", str(axis)}, {"mode", "clip"}}, {x, at});
    };
    return {taken(all[0], order, is_flat_ ? 0 : axis_), taken(all[1], order, 0),
            taken(order_of(order), all[2], 0), taken(all[3], order, 0)};
  }

  std::int64_t count(const NDArray& data) const {
    return nd::invoke("_npi_unique", {data}, options("None")).at(1).size();
  }

  /// Along which axis of the different ones they stand.
  int axis_of(const Shape& shape) const {
    return is_flat_ ? 0 : normalize_axis(axis_, shape.ndim());
  }

 private:
  gluino::Attributes options(const std::string& count) const {
    return {{"return_index", "True"},
            {"return_inverse", "True"},
            {"return_counts", "True"},
            {"axis", is_flat_ ? "None" : str(axis_)},
            {"count", count}};
  }

  ImportNode n_;
  bool is_sorted_, is_flat_;
  std::int64_t axis_ = 0;
};

Symbols read_unique(const ImportNode& n) {
  const Unique unique(n);
  if (const NDArray* data = n.constant_if(0)) return unique.outputs(unique.count(*data));
  n.in();
  // The outputs have one number of rows, and one operator gives them all.
  struct Told {
    std::int64_t count = -1;
    Symbols outputs{};
  };
  const auto told = std::make_shared<Told>();
  Symbols outputs;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto of_shape = [unique, told, i](const Shape& shape) {
      const int axis = i == 0 ? unique.axis_of(shape) : 0;
      check(axis < shape.ndim(), "expected a row of them, got the shape ", shape);
      // Which each part is tells nothing of how many are different.
      check(i != 2 || told->count >= 0, "how many are different only the data tell");
      const std::int64_t count = i == 2 ? told->count : shape[axis];
      check(told->count < 0 || told->count == count, "there are ", told->count,
            " different ones, and ", count);
      if (told->count < 0) *told = {count, unique.outputs(count)};
      return told->outputs.at(i);
    };
    outputs.push_back(n.made_unsized({.of_shape = of_shape}));
  }
  return outputs;
}

void write_unique(ExportNode& e) {
  const auto axis = e.option<std::optional<std::int64_t>>("axis");
  Attributes attributes;
  if (axis) attributes["axis"] = std::int64_t{normalize_axis(*axis, e.ndim())};
  const std::string data = e.ndim() == 0 ? e.reshape(e.in(), {-1}) : e.in();
  const Names all = e.add_many("Unique", {data}, std::move(attributes), 4);
  // The first one tells how many there are.
  int output = 0;
  const auto give = [&](const std::string& value) {
    e.expect(e.out_shape(output).known(),
             "all sizes but the number of different ones must be known");
    e.give(e.reshape_to(value, e.out_shape(output)), output);
    ++output;
  };
  give(all[0]);
  if (e.option<bool>("return_index")) give(all[1]);
  if (e.option<bool>("return_inverse")) give(all[2]);
  if (e.option<bool>("return_counts")) give(all[3]);
}

const bool registered = translate([](Translations& t) {
  t.writes_by_name("_npi_unique", write_unique).reads("Unique", read_unique);
});

}  // namespace
}  // namespace gluino::onnx
