#pragma once

#include <gluino/graph/symbol/symbol.h>
#include <gluino/onnx/translation/dynamic_shapes.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

/// The values of a file while it is read; the room's own.
namespace gluino::onnx {

using Symbols = std::vector<Symbol>;

/// A number that follows from shapes: what it is for two choices of the sizes that only a run
/// knows.
struct Size {
  std::int64_t first = 0;
  std::int64_t second = 0;

  bool is_known() const { return first == second; }
};

/// A value of which only the data tell how many rows there are, until the file says it.
struct Unsized {
  /// "[Unique unique0] ": who gives it.
  std::string where{};
  /// It has at least so many rows,
  std::int64_t least = 0;
  /// of which this gives the first ones.
  std::function<Symbol(std::int64_t count)> first{};
  /// The whole, where the file says its shape, which a run holds it to; nothing: none does.
  std::function<Symbol(const Shape& shape)> of_shape{};
  /// The same with rows behind it; nothing: that has no form.
  std::function<Unsized(const NDArray& rows)> followed_by{};
};

/// What is known of the values of a graph while it is read.
class ValueTable {
 public:
  explicit ValueTable(std::string source);
  /// Of a graph inside of a node, which reads the values around it, too: they have to stay. Its
  /// own values hide those of the same name.
  explicit ValueTable(ValueTable& around);

  /// A value that is given when the network runs.
  void set_input(const std::string& name, const DynamicShape& shape, DType dtype);
  void set(const std::string& name, const Symbol& symbol);
  /// What the file holds.
  void set_constant(const std::string& name, const NDArray& array);
  /// What is made while it is read. Throws Error where that is out of proportion to what the file
  /// holds.
  void set_made_constant(const std::string& name, const NDArray& array);

  /// The value as a part of a graph; a constant becomes a parameter. Throws Error for what has no
  /// size.
  Symbol symbol(const std::string& name);
  /// Null where the value is none.
  const NDArray* constant(const std::string& name) const;
  /// Whether the graph itself has such a value.
  bool has(const std::string& name) const;
  /// What it gives has the symbol's shape and type, but is another with each run: of a loop's step.
  void hide(const Symbol& symbol);
  /// What a symbol gives that follows from the file alone.
  NDArray computed(const Symbol& symbol) const;

  /// A symbol that stands for such a value.
  Symbol set_unsized(const std::string& name, Unsized value);
  /// Null where the value has a size.
  const Unsized* unsized(const std::string& name) const;

  /// What follows for a symbol from what is known of the inputs; unknown where nothing does.
  Shape shape_of(const Symbol& symbol) const;
  DType dtype_of(const Symbol& symbol) const;
  /// The sizes of a symbol; none where its number of axes is not known.
  std::vector<Size> sizes_of(const Symbol& symbol) const;
  /// Whether nothing but constants and shapes lead to a symbol.
  bool follows_from_shapes(const Symbol& symbol) const;
  /// Keeps what such a symbol gives under a name: as a constant where it is the same whatever the
  /// unknown sizes are. Throws Error where arrays would be larger than a file can ask for.
  void keep(const std::string& name, const Symbol& symbol);
  /// What was kept of a row of whole numbers; null where the value is none.
  const std::vector<Size>* sizes(const std::string& name) const;

  const std::string& source() const { return network_->source; }
  /// How many graphs are around this one.
  int depth() const { return around_ == nullptr ? 0 : around_->depth() + 1; }
  /// The constants that graphs read, by name.
  const ArrayMap& parameters() const { return network_->parameters; }

 private:
  graph::EntryTypes infer(const IndexedGraph& graph) const;

  NDArray evaluate(const IndexedGraph& graph, int entry, const graph::EntryTypes& types) const;
  struct Known;
  Known known_of(const IndexedGraph& graph) const;

  bool is_hidden(const Node& node) const;
  std::string unused_name(const std::string& stem) const;

  /// What all graphs of a file have in common: the variables, by name.
  struct Network {
    std::string source;
    ArrayMap parameters{};
    DynamicShapes shapes{};
    DTypes dtypes{};
    std::map<const Node*, std::shared_ptr<Node>> hidden{};
    /// How many numbers the file holds, and how many were made of them.
    std::int64_t given = 0;
    std::int64_t made = 0;
    /// By the variables that stand for them.
    std::map<std::string, Unsized> unsized{};
  };
  std::shared_ptr<Network> network_;
  ValueTable* around_ = nullptr;
  std::map<std::string, Symbol> symbols_;
  std::map<std::string, std::vector<Size>> sizes_;
  ArrayMap constants_;
};

}  // namespace gluino::onnx
