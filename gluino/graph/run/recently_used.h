#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <list>
#include <utility>

namespace gluino::graph {

/// At most so many entries; the one unused for longest makes room for another. Entries stay where
/// they are in memory while they are kept. Finding one asks the heap for nothing. Threads take
/// turns by a lock of the owner's; so what is dropped is given to the caller, who can destroy it
/// after the lock.
template <class T>
class RecentlyUsed {
 public:
  using Dropped = std::list<T>;

  explicit RecentlyUsed(std::size_t capacity) : capacity_(capacity) {}

  /// The entry used last for which `fits` holds, which now is the one used last; null if there is
  /// none.
  template <class Fits>
  T* find(const Fits& fits) {
    const auto place = std::find_if(entries_.begin(), entries_.end(), fits);
    if (place == entries_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, place);
    return &entries_.front();
  }

  /// Adds one as the one used last. Gives what is beyond the capacity.
  [[nodiscard]] Dropped add(T entry) {
    entries_.push_front(std::move(entry));
    Dropped dropped;
    while (entries_.size() > capacity_) {
      dropped.splice(dropped.begin(), entries_, std::prev(entries_.end()));
    }
    return dropped;
  }

  /// Takes out those for which `fits` holds.
  template <class Fits>
  Dropped remove(const Fits& fits) {
    Dropped dropped;
    for (auto place = entries_.begin(); place != entries_.end();) {
      const auto next = std::next(place);
      if (fits(*place)) dropped.splice(dropped.end(), entries_, place);
      place = next;
    }
    return dropped;
  }
  Dropped remove_all() { return std::exchange(entries_, {}); }

  std::size_t size() const { return entries_.size(); }
  /// The one used last first.
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  T& front() { return entries_.front(); }

 private:
  std::size_t capacity_;
  std::list<T> entries_;
};

}  // namespace gluino::graph
