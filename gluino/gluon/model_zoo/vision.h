#pragma once

#include <gluino/gluon/model_zoo/mobilenet.h>
#include <gluino/gluon/model_zoo/plain.h>
#include <gluino/gluon/model_zoo/resnet.h>

#include <memory>
#include <string>
#include <vector>

/// Networks that classify pictures: (N, 3, 224, 224), or 299 for Inception, to (N, classes).
/// Parameters have MXNet's names and shapes, so that files fit.
namespace gluino::gluon::model_zoo {

/// The network of that name, "resnet50_v1" or "mobilenet1.0", whose weights are yet to be
/// initialized or loaded. Throws Error, listing the names, for another one.
GLUINO_API std::shared_ptr<Network> get_model(const std::string& name,
                                              const ModelOptions& options = {});

/// The names that get_model knows.
GLUINO_API std::vector<std::string> model_names();

}  // namespace gluino::gluon::model_zoo
