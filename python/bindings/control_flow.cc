// Loops and branches over functions of Python's.
#include <gluino/graph/symbol/contrib.h>

#include "bindings.h"

namespace gluino::python {
namespace {

nb::object to_python(const NDArray& array) { return nb::cast(array); }
nb::object to_python(const Symbol& symbol) { return wrap(symbol); }

template <class A>
nb::list list_of(const OneOrMore<A>& values) {
  nb::list list;
  for (const A& value : values) list.append(to_python(value));
  return list;
}

template <class A>
OneOrMore<A> from_list(nb::handle list) {
  std::vector<A> values;
  for (nb::handle item : list) values.push_back(nb::cast<A>(item));
  return OneOrMore<A>(std::move(values));
}

template <class A>
LoopStep<A> step_from(const nb::object& result) {
  return {from_list<A>(result[0]), from_list<A>(result[1])};
}

template <class A>
nb::tuple step_to(const LoopStep<A>& step) {
  return nb::make_tuple(list_of(step.outputs), list_of(step.states));
}

// Functions take and give flat lists; the package nests them.
template <class A>
ForeachBody<A> body_from(const nb::object& body) {
  return [body](const OneOrMore<A>& data, const OneOrMore<A>& states) {
    const nb::gil_scoped_acquire gil;
    return step_from<A>(body(list_of(data), list_of(states)));
  };
}

template <class A>
LoopFunction<A> function_from(const nb::object& function) {
  return [function](const OneOrMore<A>& variables) {
    const nb::gil_scoped_acquire gil;
    return step_from<A>(function(list_of(variables)));
  };
}

template <class A>
LoopCondition<A> condition_from(const nb::object& condition) {
  return [condition](const OneOrMore<A>& variables) {
    const nb::gil_scoped_acquire gil;
    return nb::cast<A>(condition(list_of(variables)));
  };
}

template <class A>
Branch<A> branch_from(const nb::object& branch) {
  return [branch] {
    const nb::gil_scoped_acquire gil;
    return from_list<A>(branch());
  };
}

}  // namespace

void bind_control_flow(nb::module_& m) {
  m.def("nd_foreach", [](const nb::object& body, nb::list data, nb::list states) {
    return step_to(nd::contrib::foreach (body_from<NDArray>(body), from_list<NDArray>(data),
                                         from_list<NDArray>(states)));
  });
  m.def(
      "nd_while_loop",
      [](const nb::object& condition, const nb::object& function, nb::list variables,
         std::optional<std::int64_t> max_iterations) {
        return step_to(nd::contrib::while_loop(
            condition_from<NDArray>(condition), function_from<NDArray>(function),
            from_list<NDArray>(variables), {.max_iterations = max_iterations}));
      },
      nb::arg("cond"), nb::arg("func"), nb::arg("loop_vars"), nb::arg("max_iterations").none());
  m.def("nd_cond", [](const NDArray& pred, const nb::object& then, const nb::object& otherwise) {
    return list_of(
        nd::contrib::cond(pred, branch_from<NDArray>(then), branch_from<NDArray>(otherwise)));
  });
  m.def("sym_foreach",
        [](const nb::object& body, nb::list data, nb::list states, const std::string& name) {
          return step_to(sym::contrib::foreach (body_from<Symbol>(body), from_list<Symbol>(data),
                                                from_list<Symbol>(states), NodeName(name)));
        });
  m.def(
      "sym_while_loop",
      [](const nb::object& condition, const nb::object& function, nb::list variables,
         std::optional<std::int64_t> max_iterations, const std::string& name) {
        return step_to(sym::contrib::while_loop(
            condition_from<Symbol>(condition), function_from<Symbol>(function),
            from_list<Symbol>(variables), {.max_iterations = max_iterations}, NodeName(name)));
      },
      nb::arg("cond"), nb::arg("func"), nb::arg("loop_vars"), nb::arg("max_iterations").none(),
      nb::arg("name"));
  m.def("sym_cond", [](const Symbol& pred, const nb::object& then, const nb::object& otherwise,
                       const std::string& name) {
    return list_of(sym::contrib::cond(pred, branch_from<Symbol>(then),
                                      branch_from<Symbol>(otherwise), NodeName(name)));
  });
}

}  // namespace gluino::python
