// The extension module: what Python sees of the library.
#include "bindings.h"

NB_MODULE(_core, m) {
  using namespace gluino::python;
  m.doc() = "The library in C++ behind the package; its interface is the package's own.";
  nanobind::set_leak_warnings(false);
  bind_errors(m);
  bind_array(m);
  bind_creation(m);
  bind_dlpack(m);
  bind_operators(m);
  bind_random(m);
  bind_autograd(m);
  bind_symbol(m);
  bind_executor(m);
  bind_control_flow(m);
  bind_custom(m);
  bind_gluon(m);
  bind_gluon_data(m);
  bind_image(m);
  bind_initializer(m);
  bind_io(m);
  bind_kvstore(m);
  bind_metric(m);
  bind_onnx(m);
  bind_optimizer(m);
  bind_profiler(m);
  bind_training(m);
  bind_viz(m);
}
