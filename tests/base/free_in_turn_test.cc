#include <gluino/base/free_in_turn.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace gluino {
namespace {

int alive = 0;
int depth = 0;
int deepest = 0;

struct Node {
  Node() { ++alive; }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  ~Node() {
    deepest = std::max(deepest, ++depth);
    free_in_turn(std::move(links));
    --depth;
    --alive;
  }
  std::vector<std::shared_ptr<Node>> links;
};

TEST(FreeInTurn, ADeepGraphNeedsNoDeepStack) {
  deepest = 0;
  auto last = std::make_shared<Node>();
  for (int i = 0; i < 1'000'000; ++i) {
    auto next = std::make_shared<Node>();
    // A diamond: both ways lead to the one before.
    next->links = {last, last};
    last = std::move(next);
  }
  EXPECT_EQ(alive, 1'000'001);
  last.reset();
  EXPECT_EQ(alive, 0);
  EXPECT_LE(deepest, 2);
}

TEST(FreeInTurn, WhatSomebodyElseHoldsStays) {
  const auto held = std::make_shared<Node>();
  {
    Node above;
    above.links = {held, std::make_shared<Node>()};
  }
  EXPECT_EQ(alive, 1);
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace gluino
