// The one seed, and what follows it.
#include "bindings.h"

namespace gluino::python {

void bind_random(nb::module_& m) {
  m.def("seed", [](std::int64_t seed) { random::seed(seed); });
  m.def("draw_seed", &random::draw_seed);
  m.def("current_seed", &random::current_seed);
  m.def("permutation", [](std::int64_t count) {
    std::vector<std::int64_t> items(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) items[static_cast<std::size_t>(i)] = i;
    random::shuffle(items);
    return items;
  });
  m.def("random_state", [] {
    const random::State state = random::state();
    return nb::make_tuple(state.seed, state.shuffled, state.drawn, state.one_by_one);
  });
  m.def("set_random_state", [](std::int64_t seed, std::uint64_t shuffled,
                               const std::vector<std::uint64_t>& drawn, std::uint64_t one_by_one) {
    random::set_state(
        {.seed = seed, .shuffled = shuffled, .drawn = drawn, .one_by_one = one_by_one});
  });
  // What one draw for a context begins with; contexts of one processor share their streams.
  m.def("set_context", [](const Context& context) {
    check_available(context);
    const Context before = thread_state().context;
    thread_state().context = context;
    return before;
  });
  m.def("current_context", &current_context);
  m.def("num_gpus", &num_gpus);
  m.def("set_num_threads", [](int threads) { set_num_threads(threads); });
  m.def("num_threads", [] { return num_threads(); });
}

}  // namespace gluino::python
