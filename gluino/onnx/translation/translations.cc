#include <gluino/onnx/translation/translations.h>

namespace gluino::onnx {

Translations& Translations::table() {
  static Translations translations;
  return translations;
}

Translations& Translations::same(const std::string& ours, const std::string& theirs) {
  writes<NoOptions>(ours, [theirs](ExportNode& node, const NoOptions& /*options*/) {
    node.give(node.add(theirs, node.all_inputs()));
  });
  if (!readers_.contains(theirs)) {
    reads(theirs,
          [ours](const ImportNode& node) { return node.make(ours.c_str(), node.all_inputs()); });
  }
  return *this;
}

Translations& Translations::writes(const std::string& ours, std::type_index options,
                                   Writer writer) {
  check(writers_.emplace(ours, Written{options, std::move(writer)}).second, "onnx: ", ours,
        " is written in two ways");
  return *this;
}

Translations& Translations::reads_as(const std::string& theirs, Reader reader) {
  check(readers_.emplace(theirs, std::move(reader)).second, "onnx: ", theirs,
        " is read in two ways");
  return *this;
}

const Translations::Writer* Translations::writer(const Op& op) const {
  const auto found = writers_.find(op.name);
  if (found == writers_.end()) return nullptr;
  const auto& options = found->second.options;
  check(options == typeid(void) || options == op.options_type, "onnx: the translator of ", op.name,
        " takes other options than the operator");
  return &found->second.writer;
}

const Translations::Reader* Translations::reader(const std::string& theirs) const {
  const auto found = readers_.find(theirs);
  return found == readers_.end() ? nullptr : &found->second;
}

Translations& Translations::lacks(const std::string& why, const std::vector<std::string>& theirs) {
  for (const std::string& name : theirs) lacking_.emplace(name, why);
  return *this;
}

std::string Translations::why_not(const std::string& theirs) const {
  const auto found = lacking_.find(theirs);
  return found == lacking_.end() ? "" : found->second;
}

std::vector<std::string> Translations::written() const {
  std::vector<std::string> names;
  names.reserve(writers_.size());
  for (const auto& [name, writer] : writers_) names.push_back(name);
  return names;
}

std::vector<std::string> Translations::read() const {
  std::vector<std::string> names;
  names.reserve(readers_.size());
  for (const auto& [name, reader] : readers_) names.push_back(name);
  return names;
}

}  // namespace gluino::onnx
