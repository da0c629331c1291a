// What Gluon's Python classes need of the library: the graph of a block's forward, and parameters
// of several devices as one array.
#include <gluino/graph/run/tracer.h>
#include <gluino/ops/elementwise/copies.h>

#include <memory>

#include "bindings.h"

namespace gluino::python {
namespace {

// A tracer that ends with a with-statement, whoever still refers to it: a traceback would keep it.
class ForwardTracer {
 public:
  void enter() { tracer_ = std::make_unique<Tracer>(); }
  void exit() { tracer_.reset(); }

  nb::object add_input(nb::handle like, const std::string& name) {
    return nb::steal(wrap(tracer().add_input(array_in(like.ptr()), name), face_of(like.ptr())));
  }
  void watch(const NDArray& array) { tracer().watch(array); }

  // `names`: pairs of an array that was not added, and what it is called. Takes the outputs out of
  // their list: nobody may hold them any more. Gives the symbol that leads to them, the one to run,
  // per input of that (name, number of the input or -1, array or None), and whether the next run
  // may differ.
  nb::tuple finish(nb::list outputs, const std::vector<std::pair<NDArray, std::string>>& names) {
    std::vector<NDArray> arrays;
    for (nb::handle output : outputs) arrays.push_back(array_in(output.ptr()));
    outputs.clear();
    const auto name_of = [&](const NDArray& array) -> std::optional<std::string> {
      for (const auto& [known, name] : names) {
        if (known.same_as(array)) return name;
      }
      return {};
    };
    Tracer::Graph graph = tracer().finish(std::move(arrays), name_of);
    nb::list variables;
    for (const Tracer::Variable& variable : graph.variables) {
      variables.append(nb::make_tuple(variable.name, variable.input, nb::cast(variable.array)));
    }
    return nb::make_tuple(wrap(graph.symbol, current_face()), wrap(graph.program, current_face()),
                          variables, graph.may_differ);
  }

 private:
  Tracer& tracer() {
    check(tracer_ != nullptr, "ForwardTracer: outside of its with-statement");
    return *tracer_;
  }
  std::unique_ptr<Tracer> tracer_;
};

}  // namespace

void bind_gluon(nb::module_& m) {
  nb::class_<ForwardTracer>(m, "ForwardTracer")
      .def(nb::init<>())
      .def("__enter__",
           [](nb::object self) {
             nb::cast<ForwardTracer&>(self).enter();
             return self;
           })
      .def("__exit__", [](ForwardTracer& tracer, const nb::args& /*error*/) { tracer.exit(); })
      .def("add_input", &ForwardTracer::add_input)
      .def("watch", &ForwardTracer::watch)
      .def("finish", &ForwardTracer::finish);
  m.def("mean_of_copies", [](const std::vector<NDArray>& copies) {
    const InnerMode mode(false);
    const ReleaseGil release(true);
    return ops::mean_of_copies(copies);
  });
}

}  // namespace gluino::python
