#include "recovery/console.h"

#include <gmock/gmock.h>

#include "tests/unit/recovery/terminal.h"

namespace xaodbc::recovery {
namespace {

using testing::HasSubstr;

TEST(Consent, YesOnTheTerminalLetsTheCommandGoOn) {
  for (const char* answer : {"y\n", " YES \n"}) {
    Terminal terminal(answer);
    EXPECT_EQ(lacks_consent(false, "go on?"), std::nullopt);
    EXPECT_THAT(terminal.screen(), HasSubstr("go on? [y/N] "));
  }
}

/// Nothing was refused: the operator has got what the operator wanted.
TEST(Consent, AnythingElseOnTheTerminalChangesNothingAndIsNoError) {
  for (const char* answer : {"n\n", "\n", "yesterday\n"}) {
    testing::internal::CaptureStderr();
    Terminal terminal(answer);
    EXPECT_EQ(lacks_consent(false, "go on?"), 1);
    EXPECT_THAT(terminal.screen(), HasSubstr("nothing was changed"));
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  }
}

TEST(Consent, IsNotAskedForWhenItWasGiven) {
  Terminal terminal("n\n");
  EXPECT_EQ(lacks_consent(true, "go on?"), std::nullopt);
}

TEST(Counted, OneIsSingular) {
  EXPECT_EQ(counted(0, "resource"), "0 resources");
  EXPECT_EQ(counted(1, "resource"), "1 resource");
  EXPECT_EQ(counted(2, "resource"), "2 resources");
}

}  // namespace
}  // namespace xaodbc::recovery
