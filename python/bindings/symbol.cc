// Symbols, and how their nodes are named.
#include <gluino/base/file.h>
#include <gluino/graph/sym.h>
#include <gluino/graph/symbol/indexed_graph.h>
#include <gluino/graph/symbol/infer.h>
#include <gluino/graph/symbol/naming.h>
#include <gluino/graph/symbol/row_gradients.h>
#include <gluino/ndarray/sparse_array.h>
#include <gluino/ops/core/face_names.h>
#include <nanobind/stl/set.h>
#include <nanobind/stl/tuple.h>

#include <algorithm>
#include <array>
#include <memory>

#include "bindings.h"

namespace gluino::python {
namespace {

std::array<nb::handle, 2> symbol_types;

Face face_of_symbol(nb::handle symbol) {
  const nb::handle np = symbol_types[1];
  return np.is_valid() && PyObject_IsInstance(symbol.ptr(), np.ptr()) == 1 ? Face::np : Face::nd;
}

nb::object optional_text(const std::optional<std::string>& text) {
  return text ? nb::object(nb::str(text->c_str(), text->size())) : nb::object(nb::none());
}

// What monitors call inputs or outputs, and their places among the outputs of a symbol.
using Told = std::vector<std::pair<std::string, int>>;

// The calls in what get_internals gives: operator, inputs, outputs.
std::vector<std::tuple<std::string, Told, Told>> calls_in(const Symbol& internals) {
  const IndexedGraph graph(internals.entries());
  std::vector<int> first;
  int count = 0;
  for (const IndexedGraph::Item& item : graph.items) {
    first.push_back(count);
    count += item.node->num_visible_outputs();
  }
  std::vector<std::tuple<std::string, Told, Told>> calls;
  for (std::size_t n = 0; n < graph.items.size(); ++n) {
    const Node& node = *graph.items[n].node;
    if (node.is_variable()) continue;
    auto& [op, inputs, outputs] = calls.emplace_back();
    op = node.op->name;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const int entry = graph.items[n].inputs[i];
      const auto from = static_cast<std::size_t>(graph.owner[static_cast<std::size_t>(entry)]);
      inputs.emplace_back(node.told_input(static_cast<int>(i)),
                          first[from] + graph.output_of(entry));
    }
    for (int i = 0; i < node.num_visible_outputs(); ++i) {
      outputs.emplace_back(node.output_name(i), first[n] + i);
    }
  }
  return calls;
}

// Asks a manager of Python's, which users may derive from.
class PythonNames : public sym::NameManager {
 public:
  explicit PythonNames(nb::object manager) : manager_(std::move(manager)) {}
  std::string get(std::string_view name, const std::string& stem) override {
    const nb::gil_scoped_acquire gil;
    nb::object given = nb::none();
    if (!name.empty()) given = nb::str(name.data(), name.size());
    return nb::cast<std::string>(manager_.attr("get")(given, stem));
  }

 private:
  nb::object manager_;
};

// The operators of ours that in graphs which say so MXNet has under a name that is else another's.
void rename_in_np_shape(std::string& text) {
  for (const Op* op : Op::all()) {
    const std::string_view ours = name_in_np_shape(op->name);
    if (ours == op->name) continue;
    const std::string from = str("\"op\": \"", ours, "\""), to = str("\"op\": \"", op->name, "\"");
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
      text.replace(at, from.size(), to);
    }
  }
}

// A graph made under NumPy's shapes says so, as MXNet has it.
std::string json_of(const Symbol& symbol) {
  std::string text = symbol.tojson();
  if (!is_np_shape()) return text;
  rename_in_np_shape(text);
  return text.insert(text.rfind("\"mxnet_version\""), "\"is_np_shape\": [\"int\", 1], ");
}

nb::tuple lists_of(const Symbol::InferredShapes& shapes) {
  const auto rows = [](const std::vector<Shape>& list) {
    nb::list result;
    for (const Shape& shape : list) {
      // None where nothing is known; 0, or -1 under npx.set_np_shape, for a size that is not.
      if (!shape.ndim_known()) {
        result.append(nb::none());
        continue;
      }
      result.append(shape_to(shape));
    }
    return result;
  };
  return nb::make_tuple(rows(shapes.arguments), rows(shapes.outputs),
                        rows(shapes.auxiliary_states));
}

nb::object symbol_of(const Symbol& symbol, nb::handle like) {
  return wrap(symbol, face_of_symbol(like));
}

}  // namespace

nb::object wrap(Symbol symbol, Face face) {
  nb::handle& type = symbol_types[static_cast<std::size_t>(face)];
  // mx.sym.np is made when it is first used, and tells its class then.
  if (!type.is_valid() && face == Face::np) nb::module_::import_("gluino.symbol.numpy");
  check(type.is_valid(), "RuntimeError: symbols have no class yet");
  nb::object object = nb::inst_alloc(type);
  new (nb::inst_ptr<Symbol>(object)) Symbol(std::move(symbol));
  nb::inst_mark_ready(object);
  return object;
}

void bind_symbol(nb::module_& m) {
  nb::class_<Symbol>(m, "Symbol")
      // MXNet's pickles begin with nothing, and say then what the symbol is.
      .def(
          "__init__", [](Symbol* self, std::nullptr_t) { new (self) Symbol(); },
          nb::arg("handle").none())
      .def("become", [](Symbol& self, const Symbol& other) { self = other; })
      .def_prop_ro("node_name",
                   [](const Symbol& s) -> std::optional<std::string> {
                     if (s.name().empty()) return {};
                     return s.name();
                   })
      .def("list_arguments", &Symbol::list_arguments)
      .def("list_outputs", &Symbol::list_outputs)
      .def("list_auxiliary_states", &Symbol::list_auxiliary_states)
      .def("list_inputs", &Symbol::list_inputs)
      .def("list_arguments_fixed_at_one", &Symbol::list_arguments_fixed_at_one)
      .def("num_outputs", &Symbol::num_outputs)
      .def("num_operators",
           [](const Symbol& s) {
             return std::ranges::count_if(
                 s.entries(), [](const NodeEntry& entry) { return !entry.node->is_variable(); });
           })
      .def("output",
           [](nb::handle self, std::size_t i) {
             return symbol_of((*nb::inst_ptr<Symbol>(self))[i], self);
           })
      .def("output_named",
           [](nb::handle self, const std::string& name) {
             return symbol_of((*nb::inst_ptr<Symbol>(self))[name], self);
           })
      .def("get_internals",
           [](nb::handle self) {
             return symbol_of(nb::inst_ptr<Symbol>(self)->get_internals(), self);
           })
      .def("calls", calls_in)
      .def("get_children",
           [](nb::handle self) -> nb::object {
             const Symbol children = nb::inst_ptr<Symbol>(self)->get_children();
             if (!children.defined()) return nb::none();
             return symbol_of(children, self);
           })
      .def("get_inputs",
           [](nb::handle self) {
             const auto& symbol = *nb::inst_ptr<Symbol>(self);
             const Symbol internals = symbol.get_internals();
             std::vector<Symbol> inputs;
             for (const std::string& name : symbol.list_inputs()) {
               inputs.push_back(internals[name]);
             }
             return symbol_of(sym::Group(inputs), self);
           })
      .def("compose_named",
           [](nb::handle self, const std::map<std::string, nb::object>& inputs,
              const std::string& name) {
             std::map<std::string, Symbol> symbols;
             for (const auto& [key, value] : inputs) symbols[key] = nb::cast<Symbol>(value);
             return symbol_of((*nb::inst_ptr<Symbol>(self))(symbols, NodeName(name)), self);
           })
      .def("compose_list",
           [](nb::handle self, const std::vector<nb::object>& inputs, const std::string& name) {
             std::vector<Symbol> symbols;
             for (const nb::object& value : inputs) symbols.push_back(nb::cast<Symbol>(value));
             return symbol_of((*nb::inst_ptr<Symbol>(self))(symbols, NodeName(name)), self);
           })
      .def("attr",
           [](const Symbol& s, const std::string& key) { return optional_text(s.attr(key)); })
      .def("list_attr", [](const Symbol& s) { return s.list_attr(); })
      .def("attr_dict", [](const Symbol& s) { return s.attr_dict(); })
      .def("row_gradients",
           [](const Symbol& s, const std::map<std::string, std::string>& stypes) {
             std::map<std::string, StorageType> stored;
             for (const auto& [name, stype] : stypes) stored.emplace(name, parse_stype(stype));
             return graph::row_gradients(s, stored);
           })
      .def("set_attr",
           [](const Symbol& s, const Attributes& attributes) { s.set_attr(attributes); })
      .def("infer_shapes",
           [](const Symbol& s, const std::map<std::string, std::vector<std::int64_t>>& known,
              bool partial) {
             Shapes shapes;
             for (const auto& [name, sizes] : known) {
               shapes[name] = Shape(std::span<const std::int64_t>(sizes));
             }
             return lists_of(partial ? s.infer_shape_partial(shapes) : s.infer_shape(shapes));
           })
      .def("infer_types",
           [](const Symbol& s, const DTypes& known) {
             const Symbol::InferredTypes types = s.infer_type(known);
             return nb::make_tuple(types.arguments, types.outputs, types.auxiliary_states);
           })
      .def("known_types",
           [](const Symbol& s, const DTypes& known) {
             const graph::KnownTypes types = graph::known_types(s, known);
             return nb::make_tuple(types.arguments, types.outputs, types.auxiliary_states);
           })
      .def("tojson", json_of)
      .def("save", [](const Symbol& s, const std::string& path) { write_file(path, json_of(s)); })
      .def("debug_str", &Symbol::debug_str)
      .def("same_outputs", [](const Symbol& a, const Symbol& b) {
        if (a.num_outputs() != b.num_outputs()) return false;
        for (std::size_t i = 0; i < a.num_outputs(); ++i) {
          if (a.entries()[i].node != b.entries()[i].node ||
              a.entries()[i].index != b.entries()[i].index) {
            return false;
          }
        }
        return true;
      });

  m.def("set_symbol_type", [](int face, nb::handle type) {
    symbol_types.at(static_cast<std::size_t>(face)) = type;
    type.inc_ref();
  });
  m.def("sym_var", [](const std::string& name, const Attributes& attributes, int face) {
    return wrap(sym::var(name, {.attr = attributes}), static_cast<Face>(face));
  });
  m.def("sym_group", [](const std::vector<nb::object>& symbols) {
    std::vector<Symbol> all;
    for (const nb::object& symbol : symbols) all.push_back(nb::cast<Symbol>(symbol));
    const nb::handle first = symbols.empty() ? nb::handle() : nb::handle(symbols[0]);
    return wrap(sym::Group(all), first.is_valid() ? face_of_symbol(first) : Face::nd);
  });
  m.def(
      "sym_invoke",
      [](const std::string& op, const std::vector<nb::object>& inputs, const nb::dict& options,
         const std::string& name, int face) {
        std::vector<Symbol> in;
        for (const nb::object& input : inputs) in.push_back(nb::cast<Symbol>(input));
        Attributes attributes;
        for (const auto& [key, value] : options) {
          attributes[nb::cast<std::string>(key)] = attribute_text(value.ptr());
        }
        return wrap(sym::invoke(op, in, attributes, NodeName(name)), static_cast<Face>(face));
      },
      nb::arg("op"), nb::arg("inputs"), nb::arg("attrs") = nb::dict(), nb::arg("name") = "",
      nb::arg("face") = 0);
  m.def("sym_as_face",
        [](const Symbol& symbol, int face) { return wrap(symbol, static_cast<Face>(face)); });
  m.def("sym_load", [](const std::string& path) { return wrap(sym::load(path)); });
  m.def("sym_load_json", [](const std::string& json) { return wrap(sym::load_json(json)); });

  nb::class_<PythonNames>(m, "NameScope").def(nb::init<nb::object>());
  m.def(
      "default_name",
      [](const std::optional<std::string>& name, const std::string& stem) {
        return sym::NameManager::current().get(name.value_or(""), stem);
      },
      nb::arg("name").none(), nb::arg("hint"));
  m.def(
      "swap_attributes",
      [](const std::optional<Attributes>& attributes) {
        std::optional<Attributes> before;
        if (thread_state().attributes) before = *thread_state().attributes;
        thread_state().attributes =
            attributes ? std::make_shared<const Attributes>(*attributes) : nullptr;
        return before;
      },
      nb::arg("attributes").none());
  m.def("current_attributes", [] { return sym::AttrScope::current(); });
  m.def("hidden_key", &sym::hidden_key);
}

}  // namespace gluino::python
