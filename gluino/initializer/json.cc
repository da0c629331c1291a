#include <gluino/base/error.h>
#include <gluino/base/json_text.h>
#include <gluino/initializer/initializer.h>

#include <nlohmann/json.hpp>

namespace gluino::init {
namespace {

using Json = nlohmann::json;

// An option as the text that create() takes.
std::string option_text(const std::string& name, const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "True" : "False";
  check(value.is_number(), "initializer: option '", name, "': expected a number or text, got ",
        value.type_name());
  return value.dump();
}

}  // namespace

Initializer create_from_json(const std::string& text) {
  if (text.find('[') == std::string::npos) return create(text);
  check_json_depth(text);
  const Json json = Json::parse(text, nullptr, false);
  const bool fits =
      json.is_array() && json.size() == 2 && json[0].is_string() && json[1].is_object();
  check(fits, "initializer: expected [\"name\", {options}], got ",
        text.size() > 200 ? text.substr(0, 200) + "..." : text);
  std::map<std::string, std::string> options;
  for (const auto& [name, value] : json[1].items()) {
    // Python's None: as if it was not given.
    if (!value.is_null()) options[name] = option_text(name, value);
  }
  return create(json[0].get<std::string>(), options);
}

}  // namespace gluino::init
