#include "base/spare_nodes.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace xaodbc {
namespace {

using Map = std::unordered_map<int, std::shared_ptr<std::string>>;

TEST(SpareNodesTest, ElementThatComesAfterOneThatWentTakesItsMemory) {
  Map map;
  SpareNodes<Map> spare;
  EXPECT_TRUE(spare.insert(map, 1, std::make_shared<std::string>("one")));
  const auto* const place = &*map.find(1);
  spare.erase(map, 1);
  EXPECT_TRUE(map.empty());
  EXPECT_TRUE(spare.insert(map, 2, std::make_shared<std::string>("two")));
  EXPECT_EQ(&*map.find(2), place);
  EXPECT_EQ(*map.at(2), "two");
}

TEST(SpareNodesTest, WhatAnErasedElementHeldIsReleasedAtOnce) {
  Map map;
  SpareNodes<Map> spare;
  auto held = std::make_shared<std::string>("one");
  spare.insert(map, 1, held);
  spare.erase(map, 1);
  EXPECT_EQ(held.use_count(), 1);
}

TEST(SpareNodesTest, KeyThatIsThereKeepsItsValueWithAndWithoutASpareNode) {
  Map map;
  SpareNodes<Map> spare;
  spare.insert(map, 1, std::make_shared<std::string>("one"));
  EXPECT_FALSE(spare.insert(map, 1, std::make_shared<std::string>("other")));
  spare.insert(map, 2, std::make_shared<std::string>("two"));
  spare.erase(map, 2);
  auto refused = std::make_shared<std::string>("other");
  EXPECT_FALSE(spare.insert(map, 1, refused));
  EXPECT_EQ(refused.use_count(), 1);
  EXPECT_EQ(*map.at(1), "one");
}

TEST(SpareNodesTest, SetTakesAKeyTwiceAndKeepsItOnce) {
  std::unordered_set<int> set;
  SpareNodes<std::unordered_set<int>> spare;
  spare.insert(set, 1);
  spare.insert(set, 2);
  spare.erase(set, 1);
  spare.erase(set, 1);
  spare.insert(set, 2);
  EXPECT_EQ(set, std::unordered_set<int>({2}));
}

}  // namespace
}  // namespace xaodbc
