#include "programs/print.h"

#include <span>
#include <sstream>

namespace gluino::programs {
namespace {

std::string braces(const Shape& shape) {
  std::string text = "{";
  for (int i = 0; i < shape.ndim(); ++i) text += str(i > 0 ? ", " : "", shape[i]);
  return text + "}";
}

std::string of_fill(const Fill& fill) {
  const char* kind = fill.kind == Fill::Kind::uniform    ? "uniform"
                     : fill.kind == Fill::Kind::distinct ? "distinct"
                                                         : "integers";
  return str("{Fill::Kind::", kind, ", ", fill.low, ", ", fill.high, "}");
}

// Only what differs from a variable's own options.
std::string of_variable(const Node& node, int number) {
  const VariableOptions& options = node.variable;
  std::string text;
  const auto say = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  const Fill usual;
  const bool fills = options.fill.kind != usual.kind || options.fill.low != usual.low ||
                     options.fill.high != usual.high;
  if (fills) say(".fill = " + of_fill(options.fill));
  const bool trains = node.kind == Kind::data || node.kind == Kind::parameter;
  if (trains && options.req == GradReq::add) say(".req = GradReq::add");
  if (trains && options.req == GradReq::null) say(".req = GradReq::null");
  if (options.batched) say(".batched = true");
  if (options.seed != number) say(str(".seed = ", options.seed));
  return text.empty() ? "" : ", {" + text + "}";
}

std::string of_value(Value value) {
  if (value.output == 0) return name_of(value.node);
  return str("Value{", name_of(value.node), ".node, ", value.output, "}");
}

std::string of_values(const std::vector<Value>& values) {
  std::string text = "{";
  for (const Value& value : values) text += (text.size() > 1 ? ", " : "") + of_value(value);
  return text + "}";
}

std::string of_modes(const std::vector<Mode>& modes) {
  if (modes.empty()) return "";
  const char* const names[] = {"record", "pause", "train", "predict"};
  std::string text;
  for (const Mode mode : modes) {
    text += str(text.empty() ? "" : ", ", "Mode::", names[static_cast<std::size_t>(mode)]);
  }
  return ", {" + text + "}";
}

std::string of_attributes(const Node& node) {
  std::string text;
  for (const auto& [key, value] : node.op->format_options(node.options.get())) {
    text += str(text.empty() ? "" : ", ", "{\"", key, "\", \"", value, "\"}");
  }
  return "{" + text + "}";
}

std::string of_node(const Node& node, int number) {
  const std::string modes = of_modes(node.modes);
  const std::string input = node.inputs.empty() ? "" : of_value(node.inputs[0]);
  switch (node.kind) {
    case Kind::data:
      return "data(" + braces(node.shape) + of_variable(node, number) + ")";
    case Kind::parameter:
      return "parameter(" + braces(node.shape) + of_variable(node, number) + ")";
    case Kind::constant:
      return "constant(" + braces(node.shape) + of_variable(node, number) + ")";
    case Kind::state:
      return "state(" + braces(node.shape) + of_variable(node, number) + ")";
    case Kind::call:
      return str("call(\"", node.op->name, "\", ", of_attributes(node), ", ",
                 of_values(node.inputs), modes, ")");
    case Kind::reshape:
      return "reshape(" + input + ", " + braces(node.shape) + modes + ")";
    case Kind::slice:
      return str("slice(", input, ", ", node.begin, ", ", node.end, modes, ")");
    case Kind::at:
      return str("at(", input, ", ", node.begin, modes, ")");
    case Kind::assign:
      return str("assign(", input, ", ", node.variable.seed, modes.empty() ? ", {}" : modes, ")");
    default:
      return "detach(" + input + modes + ")";
  }
}

const char* of_request(GradReq req) {
  return req == GradReq::write ? "write" : req == GradReq::add ? "add" : "null";
}

std::string of_step(const Step& step) {
  std::string text;
  const auto say = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  const Step usual;
  if (step.rows != usual.rows) say(str(".rows = ", step.rows));
  if (step.draw != usual.draw) say(str(".draw = ", step.draw));
  if (!step.training) say(".training = false");
  if (step.backwards != usual.backwards) say(str(".backwards = ", step.backwards));
  if (step.heads_given) say(".heads_given = true");
  if (step.bfloat16_products) say(".bfloat16_products = true");
  if (step.one_array) say(".one_array = true");
  if (step.learning_rate != 0) say(str(".learning_rate = ", step.learning_rate));
  if (step.tuned >= 0) say(str(".tuned = ", name_of(step.tuned), ".node"));
  if (step.tuned >= 0 && step.lr_mult != 1) say(str(".lr_mult = ", step.lr_mult));
  if (step.tuned >= 0 && step.grad_req)
    say(std::string(".grad_req = GradReq::") + of_request(*step.grad_req));
  return "{" + text + "}";
}

}  // namespace

std::string to_test(const Program& program, const Trial& trial, const std::string& name) {
  std::ostringstream out;
  out << "TEST(Programs, " << name << ") {\n  Program p(" << to_string(program.dtype) << ");\n";
  for (int i = 0; i < program.size(); ++i) {
    const Node& node = program.nodes[static_cast<std::size_t>(i)];
    const std::string made = node.kind == Kind::assign ? "" : "const Value " + name_of(i) + " = ";
    out << "  " << made << "p." << of_node(node, i) << ";\n";
  }
  out << "  p.heads = " << of_values(program.heads) << ";\n  p.script = {";
  for (std::size_t s = 0; s < program.script.size(); ++s) {
    out << (s > 0 ? ", " : "") << of_step(program.script[s]);
  }
  out << "};\n  EXPECT_EQ(difference(p, {.way = \"" << trial.way
      << "\", .threads = " << trial.threads << ", .passes = " << (trial.passes ? "true" : "false")
      << (trial.device != 0 ? str(", .device = ", trial.device) : "") << "}), \"\");\n}\n";
  return out.str();
}

}  // namespace gluino::programs
