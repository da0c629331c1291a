#include <gluino/base/error.h>
#include <gluino/gluon/nested.h>

#include <algorithm>
#include <ostream>

namespace gluino::gluon {

Nested::Nested(std::span<const Nested> items)
    : kind_(Kind::list), depth_(1), list_(make_pooled<const List>(items.begin(), items.end())) {
  for (const Nested& item : items) depth_ = std::max(depth_, item.depth_ + 1);
  check(depth_ <= kMaxDepth, "lists of arrays inside of each other: expected at most ", kMaxDepth);
}

const NDArray& Nested::array() const& {
  if (!is_array()) fail("expected one array, got ", to_string());
  return array_;
}

std::vector<NDArray> Nested::arrays() const { return to<std::vector<NDArray>>(); }

// Null in a list that was moved from.
const Nested::List& Nested::list() const {
  static const List none;
  return list_ != nullptr ? *list_ : none;
}

std::span<const Nested> Nested::items() const& {
  if (is_list()) return list();
  return {this, defined() ? std::size_t{1} : std::size_t{0}};
}

const Nested& Nested::operator[](std::size_t index) const& {
  if (index >= size()) fail("there is no item ", index, " in ", to_string());
  return items()[index];
}

PooledVector<NDArray> Nested::flatten() const {
  PooledVector<NDArray> found;
  if (is_array()) found.push_back(array_);
  if (!is_list()) return found;
  for (const Nested& item : list()) {
    const PooledVector<NDArray> inside = item.flatten();
    found.insert(found.end(), inside.begin(), inside.end());
  }
  return found;
}

Nested Nested::unflatten(std::span<const NDArray> arrays) const {
  std::span<const NDArray> rest = arrays;
  Nested result = filled(rest);
  if (!rest.empty()) {
    fail("unflatten: got ", arrays.size(), " arrays, ", rest.size(), " more than there are in ",
         to_string());
  }
  return result;
}

Nested Nested::filled(std::span<const NDArray>& rest) const {
  if (is_array()) {
    check(!rest.empty(), "unflatten: there are more arrays in the nesting than were given");
    Nested taken = rest.front();
    rest = rest.subspan(1);
    return taken;
  }
  if (!is_list()) return {};
  List items;
  items.reserve(list().size());
  for (const Nested& item : list()) items.push_back(item.filled(rest));
  return Nested(std::span<const Nested>(items));
}

Nested Nested::nesting() const {
  Nested result;
  result.kind_ = kind_;
  result.depth_ = depth_;
  if (!is_list()) return result;
  List items;
  items.reserve(list().size());
  for (const Nested& item : list()) items.push_back(item.nesting());
  result.list_ = make_pooled<const List>(std::move(items));
  return result;
}

bool Nested::same_nesting(const Nested& other) const {
  if (kind_ != other.kind_) return false;
  return !is_list() ||
         std::equal(begin(), end(), other.begin(), other.end(),
                    [](const Nested& a, const Nested& b) { return a.same_nesting(b); });
}

std::string Nested::to_string() const {
  if (is_list()) return str("[", text_of_arguments(*this), "]");
  if (!defined()) return "nothing";
  return array_.defined() ? str("array ", array_.shape()) : "array";
}

std::string text_of_arguments(const Nested& arguments) {
  std::vector<std::string> items;
  for (const Nested& item : arguments) items.push_back(item.to_string());
  return join(items);
}

std::ostream& operator<<(std::ostream& out, const Nested& nested) {
  return out << nested.to_string();
}

}  // namespace gluino::gluon
