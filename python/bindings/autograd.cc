// What is recorded, and the way back.
#include "bindings.h"

#include <gluino/autograd/autograd.h>

#include <memory>

namespace gluino::python {
namespace {

// A with-statement's scope; nothing said about one of the two keeps it.
class ModeScope {
 public:
  ModeScope(std::optional<bool> recording, std::optional<bool> training)
      : recording_(recording), training_(training) {}

  void enter() {
    const bool training = training_.value_or(autograd::is_training());
    if (!recording_) {
      scope_ = std::unique_ptr<autograd::Scope>(
          new autograd::Scope(training ? autograd::train_mode() : autograd::predict_mode()));
    } else {
      scope_ = std::unique_ptr<autograd::Scope>(new autograd::Scope(
          *recording_ ? autograd::record(training) : autograd::pause(training)));
    }
  }
  void exit() { scope_.reset(); }

 private:
  std::optional<bool> recording_, training_;
  std::unique_ptr<autograd::Scope> scope_;
};

std::vector<GradReq> grad_reqs(const std::vector<std::string>& texts) {
  std::vector<GradReq> reqs;
  for (const std::string& text : texts) {
    check(text == "write" || text == "add" || text == "null",
          "KeyError: expected grad_req to be \"write\", \"add\" or \"null\", got \"", text, "\"");
    reqs.push_back(text == "write" ? GradReq::write
                                   : text == "add" ? GradReq::add : GradReq::null);
  }
  return reqs;
}

}  // namespace

void bind_autograd(nb::module_& m) {
  nb::class_<ModeScope>(m, "ModeScope")
      .def(nb::init<std::optional<bool>, std::optional<bool>>(), nb::arg("recording").none(),
           nb::arg("training").none())
      .def("__enter__", &ModeScope::enter)
      .def("__exit__", [](ModeScope& scope, const nb::args& /*error*/) { scope.exit(); });
  m.def("is_recording", &autograd::is_recording);
  m.def("is_training", &autograd::is_training);
  m.def("set_recording", [](bool recording) {
    const bool before = autograd::is_recording();
    const bool training = autograd::is_training();
    Mode mode;
    {
      const auto scope = recording ? autograd::record(training) : autograd::pause(training);
      mode = current_mode();
    }
    current_mode() = mode;
    return before;
  });
  m.def("set_training", [](bool training) {
    const bool before = autograd::is_training();
    current_mode().training = training;
    return before;
  });
  m.def("mark_variables", [](const std::vector<NDArray>& variables,
                             const std::vector<NDArray>& gradients,
                             const std::vector<std::string>& reqs) {
    autograd::mark_variables(variables, gradients, grad_reqs(reqs));
  });
  m.def("backward",
        [](const std::vector<NDArray>& heads, const std::vector<NDArray>& head_gradients,
           bool retain_graph) {
          const ReleaseGil release(true);
          autograd::backward(heads, head_gradients, {.retain_graph = retain_graph});
        });
  m.def("grad",
        [](const std::vector<NDArray>& heads, const std::vector<NDArray>& variables,
           const std::vector<NDArray>& head_gradients, std::optional<bool> retain_graph,
           bool create_graph) {
          const ReleaseGil release(true);
          return autograd::grad(heads, variables, head_gradients,
                                {.create_graph = create_graph, .retain_graph = retain_graph});
        },
        nb::arg("heads"), nb::arg("variables"), nb::arg("head_gradients"),
        nb::arg("retain_graph").none(), nb::arg("create_graph"));
  m.def("has_fresh_grad", &autograd::has_fresh_grad);
  m.def("clear_fresh_grad", &autograd::clear_fresh_grad);
  m.def("set_gradient_hook", [](const NDArray& array, nb::object hook) {
    if (hook.is_none()) {
      autograd::set_gradient_hook(array, {});
      return;
    }
    autograd::set_gradient_hook(array, [kept = keep(hook)](const NDArray& gradient) {
      const nb::gil_scoped_acquire gil;
      object_of(kept)(gradient);
    });
  }, nb::arg("array"), nb::arg("hook").none());
}

}  // namespace gluino::python
