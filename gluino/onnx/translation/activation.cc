#include <gluino/onnx/translation/activation.h>

#include <map>

namespace gluino::onnx {

std::string activated(ExportNode& e, const std::string& act_type, const std::string& x) {
  static const std::map<std::string, const char*> kNames = {{"relu", "Relu"},
                                                            {"sigmoid", "Sigmoid"},
                                                            {"tanh", "Tanh"},
                                                            {"softrelu", "Softplus"},
                                                            {"softsign", "Softsign"}};
  if (act_type == "log_sigmoid") return e.add("Neg", {e.add("Softplus", {e.add("Neg", {x})})});
  if (act_type == "mish") {
    if (e.opset() >= 18) return e.add("Mish", {x});
    return e.add("Mul", {x, e.add("Tanh", {e.add("Softplus", {x})})});
  }
  const auto found = kNames.find(act_type);
  e.expect(found != kNames.end(), "act_type ", act_type);
  return e.add(found->second, {x});
}

}  // namespace gluino::onnx
