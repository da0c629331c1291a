#include <gluino/gluon/nn/basic_layers.h>
#include <gluino/gluon/nn/containers.h>
#include <gluino/graph/run/tracer.h>

#include <typeinfo>

namespace gluino::gluon::nn {

bool needs_no_call(const Block& layer, const Block& next) {
  // Of exactly these types: a derived one may do something else.
  return typeid(layer) == typeid(Flatten) && typeid(next) == typeid(Dense) &&
         static_cast<const Dense&>(next).flattens() && !layer.has_forward_hooks() &&
         !next.has_forward_hooks() && !Tracer::is_active();
}

bool is_plain_chain(const Block& block) {
  return typeid(block) == typeid(Sequential) || typeid(block) == typeid(HybridSequential);
}

}  // namespace gluino::gluon::nn
