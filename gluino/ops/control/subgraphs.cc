#include <gluino/base/error.h>
#include <gluino/ops/control/subgraphs.h>

#include <algorithm>
#include <mutex>
#include <utility>

namespace gluino {
namespace {

Subgraphs::Reader& reader() {
  static Subgraphs::Reader one = nullptr;
  return one;
}

}  // namespace

bool Subgraphs::read_by(Reader given) {
  reader() = given;
  return true;
}

const std::vector<std::shared_ptr<const Callable>>& Subgraphs::graphs() const {
  std::string text;
  {
    const std::lock_guard lock(mutex_);
    if (!unread_) return graphs_;
    text = *unread_;
  }
  check(reader() != nullptr, "subgraphs: nobody here reads graphs");
  auto read = reader()(text);
  const std::lock_guard lock(mutex_);
  if (unread_) graphs_ = std::move(read);  // threads that read at once keep the first
  unread_.reset();
  return graphs_;
}

std::string Subgraphs::text(std::size_t indent) const {
  const std::string line(indent, ' ');
  std::string text = "[";
  for (const auto& graph : graphs()) {
    text += str(text.size() == 1 ? "" : ", ", "\n", line, "  ");
    for (const char c : graph->text()) {
      text += c;
      if (c == '\n') text += str(line, "  ");
    }
  }
  return str(text, "\n", line, "]");
}

bool Subgraphs::is_random() const {
  return std::any_of(graphs().begin(), graphs().end(),
                     [](const auto& graph) { return graph->is_random(); });
}

bool Subgraphs::runs_user_code() const {
  return std::any_of(graphs().begin(), graphs().end(),
                     [](const auto& graph) { return graph->runs_user_code(); });
}

void parse_value(const std::string& text, Locations& value) {
  std::vector<std::optional<std::int64_t>> numbers;
  parse_value(text, numbers);
  value.at.clear();
  for (const auto& number : numbers) {
    check(number && *number >= 0 && *number <= 1 << 20,
          "expected a row of numbers of inputs like \"[0, 1]\", got \"", text, "\"");
    value.at.push_back(static_cast<int>(*number));
  }
}

std::string format_value(const Locations& value) {
  std::string text = "[";
  for (const int number : value.at) text += str(text.size() == 1 ? "" : ", ", number);
  return str(text, "]");
}

void parse_value(const std::string& text, std::shared_ptr<const Subgraphs>& value) {
  value = text == "None" ? nullptr : std::make_shared<const Subgraphs>(text);
}

std::string format_value(const std::shared_ptr<const Subgraphs>& value) {
  return value == nullptr ? "None" : value->text();
}

}  // namespace gluino
