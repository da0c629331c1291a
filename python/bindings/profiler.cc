// How long operators took, and mixed precision: what a program says of its run as a whole.
#include <gluino/amp/amp.h>
#include <gluino/base/profiler.h>

#include "bindings.h"

namespace gluino::python {

void bind_profiler(nb::module_& m) {
  nb::module_ room = m.def_submodule("profiler");
  room.def("set_running", &profiler::set_running);
  room.def("set_memory", &profiler::set_memory);
  room.def("is_running", &profiler::is_running);
  room.def("now", &profiler::now);
  room.def("clear", &profiler::clear);
  room.def("add", [](const std::string& kind, const std::string& category, const std::string& name,
                     std::int64_t begin, std::int64_t amount) {
    using Kind = profiler::Event::Kind;
    const Kind which = kind == "counter"   ? Kind::counter
                       : kind == "instant" ? Kind::instant
                                           : Kind::span;
    profiler::add(
        {.kind = which, .category = category, .name = name, .begin = begin, .amount = amount});
  });
  // (kind, category, name, thread, begin, amount) of each event.
  room.def("events", [] {
    nb::list list;
    for (const profiler::Event& event : profiler::events()) {
      const char* const kinds[] = {"span", "instant", "counter"};
      list.append(nb::make_tuple(kinds[static_cast<int>(event.kind)], event.category, event.name,
                                 event.thread, event.begin, event.amount));
    }
    return list;
  });

  nb::module_ precision = m.def_submodule("amp");
  precision.def("init", [](DType target) { amp::init(target); });
  precision.def("dtype", &amp::dtype);
  precision.def("has_bfloat16", &amp::has_bfloat16);
}

}  // namespace gluino::python
