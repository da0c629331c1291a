// Networks as tables and as drawings.
#include <gluino/viz/digraph.h>
#include <gluino/viz/graphviz.h>
#include <gluino/viz/plot_network.h>
#include <gluino/viz/print_summary.h>

#include "bindings.h"

namespace gluino::python {
namespace {

// The text is UTF-8, as bytes, as the picture is.
nb::bytes run_graphviz(const nb::bytes& dot, const std::string& format, const std::string& engine) {
  const std::string text(dot.c_str(), dot.size());
  std::string picture;
  {
    const nb::gil_scoped_release release;
    picture = viz::run_graphviz(
        text, {.format = format, .engine = engine, .should_stop = is_interrupted});
  }
  return nb::bytes(picture.data(), picture.size());
}

}  // namespace

void bind_viz(nb::module_& m) {
  using viz::Digraph;
  nb::class_<Digraph>(m, "Digraph")
      .def(nb::init<const std::string&, const std::string&>())
      .def("node", &Digraph::node)
      .def("edge", &Digraph::edge)
      .def("source", &Digraph::source);
  m.def("run_graphviz", &run_graphviz);
  m.def("check_graphviz_format", &viz::check_graphviz_format);
  m.def("check_graphviz_engine", &viz::check_graphviz_engine);
  m.def("plot_network", [](const Symbol& symbol, const std::string& title,
                           const std::string& save_format, const Shapes& shape, const DTypes& dtype,
                           const Digraph::Look& node_attrs, bool hide_weights) {
    return viz::plot_network(symbol, {.title = title,
                                      .save_format = save_format,
                                      .shape = shape,
                                      .dtype = dtype,
                                      .node_attrs = node_attrs,
                                      .hide_weights = hide_weights});
  });
  m.def("network_summary", [](const Symbol& symbol, const Shapes& shape, int line_length,
                              const std::vector<double>& positions) {
    return viz::summary(symbol, shape, {.line_length = line_length, .positions = positions});
  });
}

}  // namespace gluino::python
