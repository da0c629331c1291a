#pragma once

#include <gluino/base/export.h>

#include <functional>
#include <string>

/// Graphviz, whose programs draw what a text in its language DOT describes.
namespace gluino::viz {

struct GraphvizOptions {
  /// What is written: svg, png, pdf, or another of Graphviz's formats.
  std::string format = "svg";
  /// The program that decides where nodes lie: dot, neato, fdp, sfdp, circo, twopi, osage or
  /// patchwork.
  std::string engine = "dot";
  /// Asked many times a second while Graphviz works; true ends it, and the call throws Error.
  std::function<bool()> should_stop{};
};

/// Whether Graphviz has such a format.
bool is_graphviz_format(const std::string& format);

/// Throws Error unless Graphviz has such a format, or such a program.
GLUINO_API void check_graphviz_format(const std::string& format);
GLUINO_API void check_graphviz_engine(const std::string& engine);

/// Has Graphviz draw a DOT text, and gives the bytes of the picture. The program is looked for in
/// PATH; no shell reads anything. Throws Error when there is none, when it fails, with what it
/// says, or when it works for longer than two minutes or writes more than 512 MiB; it has ended
/// then.
GLUINO_API std::string run_graphviz(const std::string& dot, const GraphvizOptions& options = {});

}  // namespace gluino::viz
