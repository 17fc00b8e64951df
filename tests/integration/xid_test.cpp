#include <gtest/gtest.h>

#include <climits>
#include <string>

#include "tests/integration/tm_kit.h"

namespace xaodbc {
namespace {

using support::make_xid;
using support::text_of;

/// Identifiers that are hard to carry: as SQL, as text, or because of their size.
class XidTest : public TmTest {
 protected:
  void SetUp() override { ASSERT_EQ(tm_.open(), XA_OK); }

  /// Through all verbs, byte for byte.
  void expect_carried(const XID& xid) {
    SCOPED_TRACE(text_of(xid));
    const std::string row = new_row();
    prepare(tm_, xid, row);
    EXPECT_EQ(tm_.recover(), Xids{text_of(xid)});
    EXPECT_EQ(tm_.start(xid), XAER_DUPID);
    EXPECT_EQ(tm_.commit(xid), XA_OK);
    EXPECT_TRUE(has_row(row));
    EXPECT_EQ(tm_.commit(xid), XAER_NOTA);
  }
};
INSTANTIATE_TEST_SUITE_P(All, XidTest, testing::ValuesIn(support::kDatabaseKinds),
                         [](const auto& instance) { return support::name_of(instance.param); });

std::string all_bytes(unsigned first, std::size_t count) {
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) bytes += static_cast<char>(first + i);
  return bytes;
}

TEST_P(XidTest, EveryByteIsCarriedInBothParts) {
  for (const unsigned first : {0U, 64U, 128U, 192U}) {
    expect_carried(make_xid(all_bytes(first, 64), all_bytes(first + 1, 64)));
  }
}

TEST_P(XidTest, BytesThatMeanSomethingToSqlAreCarried) {
  using namespace std::string_literals;
  for (const auto& text : {"'"s, "''; DROP TABLE ledger; --"s, "\\"s, "\\'"s, "\""s, "{d '"s, "?"s,
                           "%s"s, "\n\r\t"s, "$1$"s}) {
    expect_carried(make_xid(text, text));
    expect_carried(make_xid(text, ""));
  }
}

TEST_P(XidTest, ZeroBytesAreCarriedAndTellBranchesApart) {
  const XID one = make_xid(std::string(1, '\0'), std::string(1, '\0'));
  const XID two = make_xid(std::string(2, '\0'), "");
  const XID all = make_xid(std::string(64, '\0'), std::string(64, '\0'));
  prepare(tm_, one, row_);
  prepare(tm_, two, new_row());
  prepare(tm_, all, new_row());
  EXPECT_EQ(tm_.recover(), (Xids{text_of(one), text_of(two), text_of(all)}));
  EXPECT_EQ(tm_.rollback(two), XA_OK);
  EXPECT_EQ(tm_.rollback(all), XA_OK);
  EXPECT_EQ(tm_.commit(one), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

TEST_P(XidTest, EqualBytesDividedElsewhereAreAnotherBranch) {
  if (on_sqlite()) GTEST_SKIP() << "two branches cannot work in a file at the same time";
  const XID one = make_xid("abc", "");
  const XID two = make_xid("ab", "c");
  begin_and_end(tm_, one, row_);
  begin_and_end(tm_, two, new_row());
  EXPECT_EQ(tm_.rollback(two), XA_OK);
  EXPECT_EQ(tm_.commit_one_phase(one), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

// MariaDB compares gtrid and bqual only.
TEST_P(XidTest, EqualBytesOfAnotherFormatAreAnotherBranchOrADuplicate) {
  if (on_sqlite()) GTEST_SKIP() << "two branches cannot work in a file at the same time";
  const XID one = make_xid("same", "b", 7);
  const XID two = make_xid("same", "b", 8);
  begin_and_end(tm_, one, row_);
  if (on_mariadb()) {
    EXPECT_EQ(tm_.start(two), XAER_DUPID);
  } else {
    begin_and_end(tm_, two, new_row());
    EXPECT_EQ(tm_.rollback(two), XA_OK);
  }
  EXPECT_EQ(tm_.commit_one_phase(one), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

TEST_P(XidTest, BytesBehindTheIdentifierMeanNothing) {
  const XID clean = make_xid("dirt", "b");
  XID dirty = clean;
  for (std::size_t i = 5; i < sizeof dirty.data; ++i) dirty.data[i] = 'x';
  prepare(tm_, dirty, row_);
  EXPECT_EQ(tm_.commit(clean), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

TEST_P(XidTest, FormatsThatBothServersKnowAreCarried) {
  for (const long format_id : {0L, 1L, 2L, static_cast<long>(INT_MAX)}) {
    expect_carried(make_xid("format", "b", format_id));
    expect_carried(make_xid("format", "", format_id));
  }
}

TEST_P(XidTest, OtherFormatsAreCarriedOrRefusedBeforeWorkBegins) {
  for (const long format_id :
       {-2L, static_cast<long>(INT_MIN), LONG_MIN, static_cast<long>(INT_MAX) + 1, LONG_MAX}) {
    const XID xid = make_xid("format", "b", format_id);
    if (!on_mariadb()) {
      expect_carried(xid);
      continue;
    }
    const auto answer = tm_.start(xid);
    EXPECT_EQ(answer, XAER_INVAL);
    EXPECT_NE(answer.why.find("formatID"), std::string::npos) << answer.why;
    EXPECT_NE(answer.why.find("2147483647"), std::string::npos) << answer.why;
    EXPECT_EQ(tm_.end(xid), XAER_NOTA);
    EXPECT_EQ(tm_.rollback(xid), XAER_NOTA);
    EXPECT_EQ(tm_.commit(xid), XAER_NOTA);
  }
}

TEST_P(XidTest, XidCanBeUsedAgainOnceItsBranchIsFinished) {
  for (int round = 0; round < 3; ++round) {
    const std::string row = new_row();
    prepare(tm_, xid_, row);
    EXPECT_EQ(round == 1 ? tm_.rollback(xid_) : tm_.commit(xid_), XA_OK);
    EXPECT_EQ(has_row(row), round != 1);
  }
}

}  // namespace
}  // namespace xaodbc
