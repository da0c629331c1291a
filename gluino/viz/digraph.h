#pragma once

#include <gluino/base/export.h>

#include <map>
#include <string>

namespace gluino::viz {

/// A drawing of nodes and arrows in Graphviz's language DOT. The drawing itself is left to
/// Graphviz's programs, which are looked for in PATH when a picture is asked for. Letters are those
/// of DejaVu Sans unless a node's or an edge's attributes say otherwise.
class GLUINO_API Digraph {
 public:
  /// Attributes of a node or an edge, by Graphviz's names: {{"shape", "oval"}}.
  using Look = std::map<std::string, std::string>;

  /// `format` is that of pictures whose names do not tell it: svg, png, pdf or another of
  /// Graphviz's. Throws Error for one that it has not.
  explicit Digraph(const std::string& name = "plot", std::string format = "pdf");

  /// Of letters, in points, of which 72 are an inch.
  static constexpr double kFontSize = 10;

  /// Labels and names are plain text: nothing in them has a meaning to Graphviz.
  void node(const std::string& id, const std::string& label, const Look& look = {});
  void edge(const std::string& tail, const std::string& head, const std::string& label,
            const Look& look = {});

  /// The DOT text.
  std::string source() const { return source_ + "}\n"; }
  /// Writes the DOT text; needs no other program.
  void save(const std::string& path) const;

  /// Writes a picture, or the DOT text if `path` ends in .dot or .gv. Its format is what `path`
  /// ends in (.svg, .png, .pdf, ...); else the graph's format, whose ending is then put behind.
  /// `engine` is the program that places the nodes. Returns the name of the file. Throws Error when
  /// there is no such program, or it fails; then nothing has been written.
  std::string render(const std::string& path, const std::string& engine = "dot") const;
  /// The bytes of the picture; see run_graphviz.
  std::string pipe(const std::string& format, const std::string& engine = "dot") const;

 private:
  std::string source_;
  std::string format_;
};

}  // namespace gluino::viz
