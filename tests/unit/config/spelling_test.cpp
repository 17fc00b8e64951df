#include "config/spelling.h"

#include <gtest/gtest.h>

namespace xaodbc::config {
namespace {

TEST(Spelling, NearestWordIsOffered) {
  EXPECT_EQ(suggest("gaurd", {"dsn", "guard", "log"}), "did you mean 'guard'?");
  EXPECT_EQ(suggest("Guard", {"dsn", "guard", "log"}), "did you mean 'guard'?");
  EXPECT_EQ(suggest("connection_max", {"connection", "connections_max"}),
            "did you mean 'connections_max'?");
}

TEST(Spelling, NothingNearListsWhatIsKnown) {
  EXPECT_EQ(suggest("zebra", {"dsn", "log"}), "known are: dsn, log");
  EXPECT_EQ(suggest("zebra", {}), "none is known");
}

TEST(Spelling, VeryLongWordIsNoTrouble) {
  EXPECT_EQ(suggest(std::string(100000, 'g'), {"guard"}), "known are: guard");
}

}  // namespace
}  // namespace xaodbc::config
