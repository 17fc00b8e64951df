#include "base/secret.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "tests/support/dumpable_memory.h"
#include "tests/support/planted_secret.h"

namespace xaodbc {
namespace {

using support::copies_in_dumpable_memory;
using support::plant;

/// A pipe that holds the page of these bytes itself, not a copy: what is read from it later is what
/// the page has then, also after the process has given it back.
class HeldPage {
 public:
  explicit HeldPage(std::string_view bytes) : size_(bytes.size()) {
    iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
    held_ = pipe2(ends_.data(), O_CLOEXEC) == 0 &&
            vmsplice(ends_[1], &piece, 1, 0) == static_cast<ssize_t>(bytes.size());
  }
  HeldPage(const HeldPage&) = delete;
  HeldPage& operator=(const HeldPage&) = delete;
  ~HeldPage() {
    for (const int end : ends_) close(end);
  }

  [[nodiscard]] bool held() const { return held_; }
  std::string read_now() {
    std::string bytes(size_, '?');
    EXPECT_EQ(read(ends_[0], bytes.data(), size_), static_cast<ssize_t>(size_));
    return bytes;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
  std::size_t size_;
  bool held_ = false;
};

static_assert(!std::is_convertible_v<std::string_view, Secret>);
static_assert(!std::is_convertible_v<Secret, std::string_view>);
static_assert(!std::is_convertible_v<Secret, std::string>);

TEST(SecretTest, BytesAndTheirCopiesAreLeftOutOfCoreFiles) {
  for (const std::size_t size : {10U, 24U, 5000U}) {
    const Secret planted = plant(size);
    Secret copy = planted;
    Secret longer(planted.reveal());
    longer += planted.reveal();
    EXPECT_EQ(copies_in_dumpable_memory(planted.reveal().substr(0, 10)), 0U) << size;
    copy += "x";
    EXPECT_TRUE(copy.reveal().starts_with(planted.reveal()));
    EXPECT_TRUE(longer.reveal().ends_with(planted.reveal()));
  }
}

TEST(SecretTest, PagesAreWipedBeforeTheyGo) {
  auto secret = std::make_unique<Secret>("abcdef");
  HeldPage page(secret->reveal());
  HeldPage same_page(secret->reveal());
  if (!page.held()) GTEST_SKIP() << "needs vmsplice";
  EXPECT_EQ(page.read_now(), "abcdef");
  secret.reset();
  EXPECT_EQ(same_page.read_now(), std::string(6, '\0'));
}

TEST(SecretTest, PagesThatWereTooSmallAreWiped) {
  Secret secret("abcdef");
  HeldPage page(secret.reveal());
  if (!page.held()) GTEST_SKIP() << "needs vmsplice";
  secret += std::string(10'000, 'x');
  EXPECT_EQ(page.read_now(), std::string(6, '\0'));
}

TEST(SecretTest, EmptyOneIsEmpty) {
  Secret secret;
  EXPECT_TRUE(secret.empty());
  EXPECT_EQ(secret, "");
  secret += "";
  secret.resize(0);
  EXPECT_EQ(secret, "");
  EXPECT_TRUE(Secret("").empty());
}

TEST(SecretTest, MovedFromOneIsEmptyAndUsable) {
  Secret from("abc");
  const Secret to = std::move(from);
  EXPECT_EQ(to, "abc");
  EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move,clang-analyzer-cplusplus.Move)
  from = Secret("de");
  EXPECT_EQ(from, "de");
}

TEST(SecretTest, AssignmentReplacesAndSharesNothing) {
  Secret one("abc");
  Secret other("x");
  other = one;
  one += "d";
  EXPECT_EQ(other, "abc");
  other = std::move(one);
  EXPECT_EQ(other, "abcd");
  other = *&other;
  EXPECT_EQ(other, "abcd");
}

TEST(SecretTest, GrowsAcrossPagesWithoutLosingAByte) {
  Secret secret;
  std::string same;
  for (int i = 0; i < 3000; ++i) {
    const std::string piece = std::to_string(i);
    secret += piece;
    same += piece;
    ASSERT_EQ(secret.data()[same.size()], '\0') << i;
  }
  EXPECT_TRUE(secret == same);
}

TEST(SecretTest, BytesTakenAwayAreWiped) {
  Secret secret("abcdef");
  secret.resize(2);
  EXPECT_EQ(secret, "ab");
  EXPECT_EQ(std::string_view(secret.data(), 6), std::string_view("ab\0\0\0\0", 6));
  secret.resize(4);
  EXPECT_EQ(secret, std::string_view("ab\0\0", 4));
}

}  // namespace
}  // namespace xaodbc
