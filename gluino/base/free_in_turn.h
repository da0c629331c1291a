#pragma once

#include <utility>

namespace gluino {

/// Destroys the links of a node of a graph, whose destructor calls this, without recursion: a graph
/// may be a million nodes deep. The first call on a thread takes apart what hangs on its links, one
/// node after the other; those that it meets on the way put their links on its list.
template <class Links>
void free_in_turn(Links links) {
  static thread_local Links* pending = nullptr;
  if (pending != nullptr) {
    for (auto& link : links) pending->push_back(std::move(link));
    return;
  }
  pending = &links;
  while (!links.empty()) {
    const auto last = std::move(links.back());
    links.pop_back();
  }
  pending = nullptr;
}

}  // namespace gluino
