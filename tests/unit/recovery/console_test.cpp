#include "recovery/console.h"

#include <gtest/gtest.h>

namespace xaodbc::recovery {
namespace {

TEST(Counted, OneIsSingular) {
  EXPECT_EQ(counted(0, "resource"), "0 resources");
  EXPECT_EQ(counted(1, "resource"), "1 resource");
  EXPECT_EQ(counted(2, "resource"), "2 resources");
}

}  // namespace
}  // namespace xaodbc::recovery
