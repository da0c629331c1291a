// Graphs that run: executors, cached operators, frozen graphs, and the tracer that makes graphs of
// functions.
#include <gluino/graph/frozen/frozen.h>
#include <gluino/graph/int8/quantize.h>
#include <gluino/graph/run/cached_op.h>
#include <gluino/graph/run/executor.h>
#include <gluino/graph/run/stop_check.h>
#include <gluino/graph/run/tracer.h>
#include <gluino/graph/sym.h>

#include "bindings.h"

namespace gluino::python {
namespace {

std::map<std::string, GradReq> reqs_by_name(const std::map<std::string, std::string>& texts) {
  std::map<std::string, GradReq> reqs;
  for (const auto& [name, text] : texts) {
    check(text == "write" || text == "add" || text == "null", "ValueError: grad_req of ", name,
          ": expected \"write\", \"add\" or \"null\", got \"", text, "\"");
    reqs[name] = text == "write" ? GradReq::write : text == "add" ? GradReq::add : GradReq::null;
  }
  return reqs;
}

nb::object outputs_to(std::span<NDArray> outputs, Face face) {
  if (outputs.size() == 1) return nb::steal(wrap(std::move(outputs[0]), face));
  nb::list list;
  for (NDArray& output : outputs) list.append(nb::steal(wrap(std::move(output), face)));
  return list;
}

// What a graph is called with, and the face of its outputs, which is that of the first.
struct Inputs {
  explicit Inputs(const nb::args& args) {
    arrays.reserve(args.size());
    for (nb::handle arg : args) {
      check(is_array(arg.ptr()), "TypeError: a compiled graph takes arrays, got ",
            nb::cast<std::string>(
                nb::repr(nb::handle(reinterpret_cast<PyObject*>(Py_TYPE(arg.ptr()))))));
      if (arrays.empty()) face = face_of(arg.ptr());
      arrays.push_back(array_in(arg.ptr()));
    }
  }

  std::vector<NDArray> arrays;
  Face face = current_face();
};

nb::object call_cached(const CachedOp& op, const nb::args& args) {
  const Inputs in(args);
  std::vector<NDArray> out(op.symbol().num_outputs());
  {
    const ReleaseGil release(true);
    op(in.arrays, out);
  }
  return outputs_to(out, in.face);
}

nb::object call_frozen(const FrozenGraph& network, const nb::args& args) {
  const Inputs in(args);
  std::vector<NDArray> out;
  {
    const ReleaseGil release(true);
    out = network(in.arrays);
  }
  return outputs_to(out, in.face);
}

// With `out`, an array or a list of them, the outputs are written there, too, and that is what
// comes back, as from an operator.
nb::object call_cached_into(const CachedOp& op, const nb::args& args, const nb::kwargs& kwargs) {
  nb::object out = nb::none();
  for (const auto& [name, value] : kwargs) {
    check(nb::cast<std::string>(name) == "out", "TypeError: a compiled graph has no option \"",
          nb::cast<std::string>(name), "\"; it takes arrays and `out`");
    out = nb::borrow(value);
  }
  const nb::object made = call_cached(op, args);
  if (out.is_none()) return made;
  const auto places = is_array(out.ptr()) ? std::vector<NDArray>{array_in(out.ptr())}
                                          : nb::cast<std::vector<NDArray>>(out);
  const auto results = is_array(made.ptr()) ? std::vector<NDArray>{array_in(made.ptr())}
                                            : nb::cast<std::vector<NDArray>>(made);
  check(places.size() == results.size(), "out: expected ", results.size(), " arrays, got ",
        places.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    check(places[i].shape() == results[i].shape(), "out ", i, ": expected shape ",
          results[i].shape(), ", got ", places[i].shape());
  }
  for (std::size_t i = 0; i < places.size(); ++i) places[i].assign(results[i]);
  return out;
}

// A graph whose layers multiply bytes, and the arrays of its variables but `inputs`: found from
// batches, or, where `ranges` are given, from these and the shapes of one.
nb::tuple quantize_graph(const Symbol& symbol, const ArrayMap& args, const ArrayMap& states,
                         const std::vector<std::string>& inputs, const Context& context,
                         const std::vector<std::vector<NDArray>>& batches,
                         const std::optional<QuantizeRanges>& ranges,
                         const std::map<std::string, std::string>& modes,
                         const std::map<std::string, std::vector<std::string>>& excluded) {
  const QuantizeOptions options = {.calib_mode = modes.at("calib_mode"),
                                   .quantized_dtype = modes.at("quantized_dtype"),
                                   .excluded_sym_names = excluded.at("sym_names"),
                                   .excluded_op_names = excluded.at("op_names")};
  const auto run = [&] {
    const nb::gil_scoped_release release;
    const auto pause = autograd::pause();
    const FrozenGraph network(symbol, args, states, {.inputs = inputs, .context = context});
    check(!ranges || !batches.empty(), "quantize: expected at least one batch");
    return ranges ? quantize(network, *ranges, batches[0], options)
                  : quantize(network, batches, options);
  };
  const FrozenGraph bytes = run();
  return nb::make_tuple(wrap(bytes.symbol()), bytes.params());
}

void bind_frozen(nb::module_& m) {
  nb::class_<FrozenGraph>(m, "FrozenGraph")
      .def("__init__",
           [](FrozenGraph* self, const Symbol& symbol, const ArrayMap& args, const ArrayMap& states,
              const std::vector<std::string>& inputs, const Context& context, bool unused_inputs,
              bool extra_params) {
             const nb::gil_scoped_release release;
             new (self) FrozenGraph(symbol, args, states,
                                    {.inputs = inputs,
                                     .context = context,
                                     .allow_unused_inputs = unused_inputs,
                                     .allow_extra_params = extra_params});
           })
      .def("__call__", call_frozen)
      .def_prop_ro("inputs", &FrozenGraph::inputs)
      .def_prop_ro("context", &FrozenGraph::context)
      .def("symbol", [](const FrozenGraph& network) { return wrap(network.symbol()); })
      .def("params", &FrozenGraph::params)
      .def("explain", [](const FrozenGraph& network, const std::vector<NDArray>& inputs, int runs) {
        return network.explain(inputs, runs);
      });
  m.def("quantize_graph", &quantize_graph);
}

void bind_tracer(nb::module_& m) {
  nb::class_<Tracer>(m, "Tracer")
      .def(nb::init<>())
      .def("add_input",
           [](Tracer& tracer, nb::handle like, const std::string& name) {
             return nb::steal(
                 wrap(tracer.add_input(array_in(like.ptr()), name), face_of(like.ptr())));
           })
      .def("watch", &Tracer::watch)
      .def("finish",
           // names: pairs of an array that was not added, and what it is called. Gives the symbol
           // that leads to the outputs, the one to run, and per input of that (name, number of the
           // input or -1, array or None, whether it was captured), and whether the next run may
           // differ.
           [](Tracer& tracer, std::vector<NDArray> outputs,
              const std::vector<std::pair<NDArray, std::string>>& names) {
             const auto name_of = [&](const NDArray& array) -> std::optional<std::string> {
               for (const auto& [known, name] : names) {
                 if (known.same_as(array)) return name;
               }
               return {};
             };
             Tracer::Graph graph = tracer.finish(std::move(outputs), name_of);
             nb::list variables;
             for (const Tracer::Variable& variable : graph.variables) {
               variables.append(nb::make_tuple(variable.name, variable.input,
                                               nb::cast(variable.array), variable.captured));
             }
             return nb::make_tuple(wrap(graph.symbol, current_face()),
                                   wrap(graph.program, current_face()), variables,
                                   graph.may_differ);
           });
  m.def("is_tracing", &Tracer::is_active);
}

}  // namespace

void bind_executor(nb::module_& m) {
  graph::set_stop_check(is_interrupted);
  nb::class_<Executor>(m, "Executor")
      .def("forward",
           [](const Executor& e, bool is_train, const ArrayMap& inputs) {
             const ReleaseGil release(true);
             if (inputs.empty()) {
               e.forward(is_train);
             } else {
               e.forward(is_train, inputs);
             }
           })
      .def("backward",
           [](const Executor& e, const std::vector<NDArray>& out_grads) {
             const ReleaseGil release(true);
             e.backward(out_grads, {.of_inference = true});
           })
      .def_prop_ro("arg_arrays", &Executor::arg_arrays)
      .def_prop_ro("grad_arrays", &Executor::grad_arrays)
      .def_prop_ro("aux_arrays", &Executor::aux_arrays)
      .def_prop_ro("outputs", &Executor::outputs)
      .def("copy_params_from", &Executor::copy_params_from)
      .def("reshape",
           [](const Executor& e, const Shapes& shapes, bool partial_shaping, bool allow_up_sizing) {
             return e.reshape(
                 shapes, {.partial_shaping = partial_shaping, .allow_up_sizing = allow_up_sizing});
           })
      .def(
          "set_monitor_callback",
          [](const Executor& e, nb::object callback, bool monitor_all) {
            if (callback.is_none()) {
              e.set_monitor_callback({}, false);
              return;
            }
            e.set_monitor_callback(
                [kept = keep(callback)](const std::string& name, const NDArray& value) {
                  const nb::gil_scoped_acquire gil;
                  object_of(kept)(name, value);
                },
                monitor_all);
          },
          nb::arg("callback").none(), nb::arg("monitor_all"))
      .def("explain", &Executor::explain)
      .def("memory",
           [](const Executor& e) {
             return nb::make_tuple(e.memory().naive_bytes, e.memory().planned_bytes);
           })
      .def("symbol", [](const Executor& e) { return wrap(e.symbol()); })
      .def_prop_ro("context", &Executor::context);
  m.def("simple_bind", [](const Symbol& symbol, const Context& context, const Shapes& shapes,
                          const std::map<std::string, std::string>& grad_req, const DTypes& types) {
    return symbol.simple_bind(context, shapes, GradReqs(reqs_by_name(grad_req)), types);
  });
  m.def("bind", [](const Symbol& symbol, const Context& context, const ArrayMap& args,
                   const ArrayMap& args_grad, const std::map<std::string, std::string>& grad_req,
                   const ArrayMap& aux_states) {
    return symbol.bind(context, args, args_grad, GradReqs(reqs_by_name(grad_req)), aux_states);
  });

  nb::class_<CachedOp>(m, "CachedOp")
      .def(
          "__init__",
          [](CachedOp* self, const Symbol& symbol, nb::object /*flags*/) {
            new (self) CachedOp(symbol);
          },
          nb::arg("symbol"), nb::arg("flags") = nb::make_tuple())
      .def("__call__", call_cached)
      .def("__call__", call_cached_into)
      .def(
          "explain",
          [](const CachedOp& op, const std::vector<NDArray>& inputs, bool train, int runs) {
            return op.explain(inputs, {.train = train, .runs = runs});
          },
          nb::arg("inputs"), nb::arg("train") = false, nb::arg("runs") = 10)
      .def("symbol", [](const CachedOp& op) { return wrap(op.symbol()); });
  m.def("interpret", [](const Symbol& symbol, const std::vector<NDArray>& inputs) {
    return interpret(symbol, inputs);
  });
  bind_frozen(m);
  bind_tracer(m);
}

}  // namespace gluino::python
