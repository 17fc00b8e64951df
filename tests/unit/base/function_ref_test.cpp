#include "base/function_ref.h"

#include <gtest/gtest.h>

#include <string>

namespace xaodbc {
namespace {

std::string call(FunctionRef<std::string(int)> function) { return function(7); }

TEST(FunctionRefTest, CallsTheLambdaItWasMadeOfWithWhatItHasCaught) {
  const std::string name = "n";
  EXPECT_EQ(call([&](int value) { return name + std::to_string(value); }), "n7");
}

TEST(FunctionRefTest, IsPassedOnByValue) {
  const auto lambda = [](int value) { return std::to_string(value + 1); };
  const FunctionRef<std::string(int)> function = lambda;
  EXPECT_EQ(call(function), "8");
}

}  // namespace
}  // namespace xaodbc
