// First values of weights.
#include <gluino/initializer/initializer.h>
#include <gluino/initializer/numpy_draws.h>

#include <optional>

#include "bindings.h"

namespace gluino::python {

void bind_initializer(nb::module_& m) {
  nb::module_ init = m.def_submodule("initializer", "First values of weights.");
  // The options as text, as attributes of symbols have them; the name is for messages.
  init.def("fill", [](const std::string& kind, const std::map<std::string, std::string>& options,
                      const std::string& name, const NDArray& array) {
    check(array.defined(), "TypeError: ", name, ": expected an array, got None");
    try {
      const init::Initializer initializer = init::create(kind, options);
      std::optional<init::NumpyDraws> numpy;
      if (current_face() == Face::np) numpy.emplace();
      const ReleaseGil release(array.size() >= kWorthReleasing);
      initializer.init_weight(name, array);
    } catch (const Error& error) {
      fail("ValueError: ", error.what());
    }
  });
}

}  // namespace gluino::python
