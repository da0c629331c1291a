#include <gluino/graph/run/recently_used.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gluino::graph {
namespace {

auto is(int number) {
  return [number](const int& entry) { return entry == number; };
}

std::vector<int> entries(const RecentlyUsed<int>& recent) { return {recent.begin(), recent.end()}; }

TEST(RecentlyUsed, DropsTheOneUnusedForLongest) {
  RecentlyUsed<int> recent(3);
  for (const int number : {1, 2, 3}) EXPECT_TRUE(recent.add(number).empty());
  ASSERT_NE(recent.find(is(1)), nullptr);
  EXPECT_EQ(recent.add(4), (RecentlyUsed<int>::Dropped{2}));
  EXPECT_EQ(entries(recent), (std::vector<int>{4, 1, 3}));
  EXPECT_EQ(recent.find(is(2)), nullptr);
  EXPECT_EQ(entries(recent), (std::vector<int>{4, 1, 3}));
}

TEST(RecentlyUsed, EntriesStayWhereTheyAre) {
  RecentlyUsed<std::string> recent(4);
  (void)recent.add("first");
  const std::string* place = &recent.front();
  for (const char* name : {"a", "b", "c"}) (void)recent.add(name);
  EXPECT_EQ(recent.find([](const auto& entry) { return entry == "first"; }), place);
}

TEST(RecentlyUsed, WhatIsTakenOutIsGiven) {
  RecentlyUsed<int> recent(5);
  for (const int number : {1, 2, 3, 4, 5}) (void)recent.add(number);
  EXPECT_EQ(recent.remove([](int entry) { return entry % 2 == 0; }),
            (RecentlyUsed<int>::Dropped{4, 2}));
  EXPECT_EQ(recent.remove_all(), (RecentlyUsed<int>::Dropped{5, 3, 1}));
  EXPECT_EQ(recent.size(), 0U);
}

TEST(RecentlyUsed, WithoutRoomNothingIsKept) {
  RecentlyUsed<int> recent(0);
  EXPECT_EQ(recent.add(1), (RecentlyUsed<int>::Dropped{1}));
  EXPECT_EQ(recent.size(), 0U);
}

}  // namespace
}  // namespace gluino::graph
