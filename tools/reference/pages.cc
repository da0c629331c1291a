#include "reference/pages.h"

#include <gluino/base/text.h>
#include <gluino/base/unary_table.h>
#include <gluino/ops/core/types.h>

#include <algorithm>
#include <map>

#include "reference/example.h"

namespace gluino::reference {
namespace {

// What the table of functions of one number says of dx, as it stands there.
const std::map<std::string, std::string>& slopes() {
#define GLUINO_SLOPE(name, kind, reads, range, whole, doc, value, slope, ...) \
  {#name, std::string(#kind) == "steps" ? "" : #__VA_ARGS__},
  static const std::map<std::string, std::string> all = {GLUINO_UNARY_TABLE(GLUINO_SLOPE)};
#undef GLUINO_SLOPE
  return all;
}

// Text of a definition: nothing in it is a command, a tag or a table's border.
std::string plain(const std::string& text) {
  std::string result;
  for (const char letter : text) {
    switch (letter) {
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '\n':
        result += ' ';
        break;
      case '|':
      case '\\':
      case '@':
      case '#':
      case '*':
        result += '\\';
        [[fallthrough]];
      default:
        result += letter;
    }
  }
  return result;
}

// Doxygen ends code between single backticks at a quote.
std::string code(const std::string& text) {
  const std::string tick = text.find('\'') == std::string::npos ? "`" : "``";
  return tick + text + tick;
}

std::string joined(const std::vector<std::string>& parts, const char* between = ", ") {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : between) + part;
  return text;
}

std::string codes(const std::vector<std::string>& texts) {
  std::vector<std::string> parts;
  parts.reserve(texts.size());
  for (const std::string& text : texts) parts.push_back(code(text));
  return joined(parts);
}

std::string anchor(const Op& op) { return "operator_" + op.name; }

// "(2, 3), (3) to (2)"
std::string shapes(const Example& example) {
  if (example.out.empty()) return "";
  const std::string from = example.in.empty() ? "" : joined(example.in) + " to ";
  return "Shapes in these lines: " + from + joined(example.out) + ".\n\n";
}

std::string inputs_of(const Op& op) {
  if (op.all_inputs.empty()) return "No inputs.\n\n";
  if (op.variadic) return "Any number of inputs.\n\n";
  const auto options = op.default_options();
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < op.all_inputs.size(); ++i) {
    const int number = static_cast<int>(i);
    std::string part = code(op.all_inputs[i]);
    if (op.looks_up(options.get(), number)) part += " (no gradient goes to it)";
    if (number >= op.first_state) part += " (changed in place)";
    if (number >= op.num_data && number < op.first_state) part += " (its shape follows)";
    parts.push_back(part);
  }
  return "Inputs: " + joined(parts) + ".\n\n";
}

std::string options_of(const Op& op) {
  if (op.fields.empty()) return "";
  std::string text = "| option | default | meaning |\n|---|---|---|\n";
  for (const Field& field : op.fields) {
    std::string meaning = plain(field.doc);
    if (!field.choices.empty()) meaning += " One of " + codes(field.choices) + ".";
    const std::string otherwise = field.default_value.empty() ? "''" : field.default_value;
    text += "| " + code(field.name) + " | " + (field.required ? "required" : code(otherwise)) +
            " | " + meaning + " |\n";
  }
  return text + "\n";
}

std::string gradient_of(const Op& op) {
  if (!op.has_gradient()) return "No gradient.";
  std::string text =
      op.is_loss ? "Its gradient is a loss's, whatever that of the output." : "It has a gradient";
  if (op.is_loss) return text;
  const auto slope = slopes().find(op.name);
  if (slope != slopes().end() && !slope->second.empty()) {
    text += ", " + code(slope->second) + " where y is the result and dy its gradient";
  }
  if (op.derivative) return text + ", which has one, too.";
  if (op.instead.empty()) return text + ", which has none.";
  return text + ", which has none; " + plain(op.instead) + " has.";
}

std::string about(const Op& op) {
  std::string text = op.types_by ? "What it computes in follows from its options."
                                 : str("Computes in ", to_string(op.types), ".");
  if (op.random) text += " Draws random numbers.";
  return text + " " + gradient_of(op) + "\n\n";
}

std::string lines_of(const Op& op) {
  const auto example = example_of(op);
  if (!example) return plain(why_no_call(op)) + "\n\n";
  return "```cpp\n" + example->cpp + "\n```\n```py\n" + example->python + "\n```\n" +
         shapes(*example);
}

}  // namespace

std::string page_of(const Op& op) {
  std::string text = "# " + op.name + " {#" + anchor(op) + "}\n\n" + plain(op.doc) + "\n\n";
  if (!op.aliases.empty()) text += "Also called " + codes(op.aliases) + ".\n\n";
  std::vector<std::string> outputs = op.output_names;
  outputs.resize(std::min(outputs.size(), static_cast<std::size_t>(op.num_visible)));
  text += inputs_of(op);
  if (!op.visible_outputs && outputs.size() > 1) text += "Outputs: " + codes(outputs) + ".\n\n";
  return text + options_of(op) + about(op) + lines_of(op);
}

std::string page_of(const Family& family) {
  std::string text = "# " + family.title + " {#operators_" + family.file +
                     "}\n\n| operator | what it gives |\n|---|---|\n";
  for (const Op* op : family.operators) {
    text += "| \\subpage " + anchor(*op) + " | " + plain(op->doc) + " |\n";
  }
  return text;
}

std::string index_of(const std::vector<Family>& families, const std::string& classes) {
  std::string text =
      "# Reference {#reference}\n\nEvery operator, layer, loss, optimizer, schedule, initializer, "
      "metric, iterator and transform, made from the registries: what it computes, its inputs, "
      "options and types, whether it has a gradient, and a line of C++ and of Python, which the "
      "tests run. The search above finds them by name, and the browser's finds them in these "
      "tables.\n\nThe lines of C++ say `nd` for `gluino::nd`, and call an operator by its name; "
      "most "
      "have a function there, too, with options as a struct: `nd::relu(x)`. Those of Python begin "
      "with `import mxnet as mx` or `import gluino as mx`.\n\n| page | classes |\n|---|---|\n" +
      classes + "\n| page | operators |\n|---|---|\n";
  for (const Family& family : families) {
    std::vector<std::string> names;
    for (const Op* op : family.operators) {
      names.push_back("\\ref " + anchor(*op) + " \"" + op->name + "\"");
    }
    text += "| \\subpage operators_" + family.file + " | " + joined(names) + " |\n";
  }
  return text;
}

}  // namespace gluino::reference
