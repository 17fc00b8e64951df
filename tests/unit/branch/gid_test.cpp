#include "branch/gid.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>
#include <vector>

namespace xaodbc {
namespace {

const std::string kTag = resource_tag("accounts", "app");

std::string random_bytes(std::mt19937_64& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

TEST(Gid, ReadableExample) {
  EXPECT_EQ(encode_gid(*Xid::create(4711, "order-17", "acc"), "5fWxQ0k"),
            "xa1.3mv.b3JkZXItMTc.YWNj.5fWxQ0k");
}

TEST(Gid, FullXidTakesExactlyWhatTheServerAllows) {
  for (const auto format_id : {std::int64_t{INT64_MIN}, std::int64_t{-2}}) {
    const auto xid = *Xid::create(format_id, std::string(64, '\xff'), std::string(64, '\0'));
    const auto gid = encode_gid(xid, kTag);
    EXPECT_LE(gid.size(), kMaxGidSize);
    EXPECT_EQ(decode_gid(gid, kTag), xid);
  }
  EXPECT_EQ(encode_gid(*Xid::create(-2, std::string(64, 'g'), std::string(64, 'b')), kTag).size(),
            kMaxGidSize);
}

TEST(Gid, EmptyBqualAndExtremeFormatsSurvive) {
  for (const auto format_id :
       {INT64_MIN, INT64_MAX, std::int64_t{0}, std::int64_t{-2}, std::int64_t{2147483647}}) {
    const auto xid = *Xid::create(format_id, "g", "");
    EXPECT_EQ(decode_gid(encode_gid(xid, kTag), kTag), xid) << format_id;
  }
}

TEST(Gid, AnyXidSurvivesAndNoTwoShareAName) {
  std::mt19937_64 random(23);
  std::set<std::string> gids;
  for (int i = 0; i < 5000; ++i) {
    const auto xid =
        Xid::create(static_cast<std::int64_t>(random()), random_bytes(random, 1 + random() % 64),
                    random_bytes(random, random() % 65));
    ASSERT_TRUE(xid.has_value());
    const auto gid = encode_gid(*xid, kTag);
    ASSERT_LE(gid.size(), kMaxGidSize);
    ASSERT_EQ(gid.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                    "0123456789-_."),
              std::string::npos)
        << "needs no quoting in SQL";
    ASSERT_EQ(decode_gid(gid, kTag), *xid);
    gids.insert(gid);
  }
  EXPECT_EQ(gids.size(), 5000U);
}

TEST(Gid, GidOfAnotherResourceIsForeign) {
  const auto xid = *Xid::create(1, "g", "b");
  const auto other = resource_tag("orders", "app");
  EXPECT_NE(other, kTag);
  EXPECT_EQ(decode_gid(encode_gid(xid, other), kTag), std::nullopt);
}

TEST(Gid, TagTellsResourceAndDatabaseApart) {
  EXPECT_EQ(kTag.size(), 7U);
  EXPECT_EQ(resource_tag("accounts", "app"), kTag);
  EXPECT_NE(resource_tag("accounts", "app2"), kTag);
  EXPECT_NE(resource_tag("a", "bc"), resource_tag("ab", "c"));
  EXPECT_NE(resource_tag("", "x"), resource_tag("x", ""));
}

TEST(Gid, NamesThatOthersChoseAreIgnored) {
  const auto gid = encode_gid(*Xid::create(4711, "order-17", "acc"), kTag);
  const std::string tail = "." + kTag;
  for (const auto& name : std::vector<std::string>{std::string(),
                                                   std::string("xa1"),
                                                   "xa1...." + kTag,
                                                   "xa2" + gid.substr(3),
                                                   gid + "x",
                                                   gid + ".x",
                                                   " " + gid,
                                                   gid + " ",
                                                   gid.substr(1),
                                                   "131077_Z3RyaWQ=_YnF1YWw=",
                                                   "xa1.3mv.b3JkZXItMTc.YWNj",
                                                   "xa1.3MV.b3JkZXItMTc.YWNj" + tail,
                                                   "xa1.03mv.b3JkZXItMTc.YWNj" + tail,
                                                   "xa1.-3mv.b3JkZXItMTc.YWNj" + tail,
                                                   "xa1..b3JkZXItMTc.YWNj" + tail,
                                                   "xa1.3mv..YWNj" + tail,
                                                   "xa1.3w5e11264sgsg.b3JkZXItMTc.YWNj" + tail,
                                                   "xa1.3w5e11264sgsf.b3JkZXItMTc.YWNj" + tail,
                                                   "xa1.3mv.b3JkZXItMTc=.YWNj" + tail,
                                                   "xa1.3mv.b3JkZXItMTd.YWNj" + tail,
                                                   "xa1.3mv.b3JkZXItMTc.YWN" + tail,
                                                   "xa1.3mv.b3JkZXItMTc.YW Nj" + tail}) {
    EXPECT_EQ(decode_gid(name, kTag), std::nullopt) << name;
  }
}

TEST(Gid, ChangedNamesAreForeignOrNameWhatTheySay) {
  std::mt19937_64 random(29);
  const std::string_view alphabet = "AZaz09-_.=+/ '\\";
  for (int i = 0; i < 20000; ++i) {
    const auto xid =
        *Xid::create(static_cast<std::int64_t>(random() % 100000),
                     random_bytes(random, 1 + random() % 8), random_bytes(random, random() % 8));
    auto gid = encode_gid(xid, kTag);
    gid[random() % gid.size()] = alphabet[random() % alphabet.size()];
    const auto decoded = decode_gid(gid, kTag);
    if (decoded) {
      ASSERT_EQ(encode_gid(*decoded, kTag), gid);
    }
  }
}

TEST(Gid, TooLongPartsAreRefused) {
  const std::string too_long(88, 'A');
  EXPECT_EQ(decode_gid("xa1.1." + too_long + ".YWNj." + kTag, kTag), std::nullopt);
  EXPECT_EQ(decode_gid("xa1.1.YWNj." + too_long + "." + kTag, kTag), std::nullopt);
}

}  // namespace
}  // namespace xaodbc
