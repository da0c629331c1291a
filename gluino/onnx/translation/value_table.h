#pragma once

#include <gluino/graph/symbol/symbol.h>
#include <gluino/onnx/translation/dynamic_shapes.h>

#include <map>
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

/// What is known of the values of a file while it is read.
class ValueTable {
 public:
  explicit ValueTable(std::string source) : source_(std::move(source)) {}

  /// A value that is given when the network runs.
  void set_input(const std::string& name, const DynamicShape& shape, DType dtype);
  void set(const std::string& name, const Symbol& symbol);
  void set_constant(const std::string& name, const NDArray& array);

  /// The value as a part of a graph; a constant becomes a parameter.
  Symbol symbol(const std::string& name);
  /// Null where the value is none.
  const NDArray* constant(const std::string& name) const;
  bool has(const std::string& name) const;

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

  const std::string& source() const { return source_; }
  /// The constants that graphs read, by name.
  const ArrayMap& parameters() const { return parameters_; }

 private:
  graph::EntryTypes infer(const IndexedGraph& graph) const;

  NDArray evaluate(const IndexedGraph& graph, int entry, const graph::EntryTypes& types) const;
  struct Known;
  Known known_of(const IndexedGraph& graph) const;

  std::string source_;
  std::map<std::string, Symbol> symbols_;
  std::map<std::string, std::vector<Size>> sizes_;
  ArrayMap constants_;
  ArrayMap parameters_;
  DynamicShapes shapes_;
  DTypes dtypes_;
};

}  // namespace gluino::onnx
