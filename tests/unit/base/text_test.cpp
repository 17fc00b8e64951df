#include "base/text.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

namespace xaodbc {
namespace {

std::string random_bytes(std::mt19937& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

TEST(Hex, BytesOfAllValuesSurvive) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_EQ(to_hex(std::string_view("\0\x7f\xff", 3)), "007fff");
  EXPECT_EQ(from_hex(to_hex(all)), all);
  EXPECT_EQ(from_hex(""), "");
}

TEST(Hex, EitherCaseIsReadAndLowerCaseWritten) {
  EXPECT_EQ(from_hex("aBcDeF"), "\xab\xcd\xef");
  EXPECT_EQ(to_hex("\xab\xcd\xef"), "abcdef");
}

TEST(Hex, OddLengthAndOtherCharactersAreRefused) {
  for (const auto* text : {"a", "abc", "0g", "g0", " 0", "0x", "--"}) {
    EXPECT_EQ(from_hex(text), std::nullopt) << text;
  }
}

TEST(Base64Url, PublishedVectorsAreMet) {
  EXPECT_EQ(to_base64url(""), "");
  EXPECT_EQ(to_base64url("f"), "Zg");
  EXPECT_EQ(to_base64url("fo"), "Zm8");
  EXPECT_EQ(to_base64url("foo"), "Zm9v");
  EXPECT_EQ(to_base64url("foob"), "Zm9vYg");
  EXPECT_EQ(to_base64url("\xfb\xff\xfe"), "-__-");
}

TEST(Base64Url, AnyBytesSurviveTheRoundTrip) {
  std::mt19937 random(2);
  for (std::size_t size = 0; size < 130; ++size) {
    for (int i = 0; i < 20; ++i) {
      const auto bytes = random_bytes(random, size);
      ASSERT_EQ(from_base64url(to_base64url(bytes)), bytes);
    }
  }
}

/// Or two names on the server would stand for one branch.
TEST(Base64Url, WhateverIsAcceptedIsTheOnlySpellingOfItsBytes) {
  std::mt19937 random(3);
  const std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ ";
  int accepted = 0;
  for (int i = 0; i < 50000; ++i) {
    std::string text;
    for (auto size = random() % 8; size > 0; --size) text += alphabet[random() % alphabet.size()];
    const auto bytes = from_base64url(text);
    if (!bytes) continue;
    ++accepted;
    ASSERT_EQ(to_base64url(*bytes), text);
  }
  EXPECT_GT(accepted, 1000);
}

TEST(Base64Url, PaddingUnusedBitsAndForeignCharactersAreRefused) {
  for (const auto* text : {"Zg==", "Zh", "Zm9", "Z", "Zm9vY", "+/", "Zm 8", "Zm8\n"}) {
    EXPECT_EQ(from_base64url(text), std::nullopt) << text;
  }
}

TEST(Trim, BlanksAtBothEndsGoAndOthersStay) {
  EXPECT_EQ(trim("  a b\t\r"), "a b");
  EXPECT_EQ(trim("a"), "a");
  EXPECT_EQ(trim(" \t "), "");
  EXPECT_EQ(trim(""), "");
}

TEST(ToLower, OnlyAsciiLettersChange) { EXPECT_EQ(to_lower("AbZ[@\xc3\x84 9"), "abz[@\xc3\x84 9"); }

TEST(IsDecimal, DigitsAloneAreAndNoMoreThanANumberHas) {
  for (const auto* text : {"0", "42", "18446744073709551615"})
    EXPECT_TRUE(is_decimal(text)) << text;
  for (const auto* text : {"", "-1", "1 ", "0x1", "1e3", "118446744073709551615"}) {
    EXPECT_FALSE(is_decimal(text)) << text;
  }
}

TEST(Fnv1a, PublishedVectorsAreMetAndASeedContinues) {
  EXPECT_EQ(fnv1a(""), 0xcbf29ce484222325ULL);
  EXPECT_EQ(fnv1a("a"), 0xaf63dc4c8601ec8cULL);
  EXPECT_EQ(fnv1a("foobar"), 0x85944171f73967e8ULL);
  EXPECT_EQ(fnv1a("bar", fnv1a("foo")), fnv1a("foobar"));
}

TEST(Text, QuickHashTellsEveryByteAndTheLengthApart) {
  std::set<std::uint64_t> hashes;
  const std::string bytes(20, '\0');
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    hashes.insert(quick_hash(bytes.substr(0, size)));
    for (std::size_t at = 0; at < size; ++at) {
      for (const char other : {'\1', '\x80'}) {
        std::string changed = bytes.substr(0, size);
        changed[at] = other;
        hashes.insert(quick_hash(changed));
      }
    }
  }
  EXPECT_EQ(hashes.size(), 21 + 2 * 210);
  EXPECT_NE(quick_hash("a", 1), quick_hash("a", 2));
}

/// As they are written for numbers of 64 and 32 bits, the highest byte first.
TEST(Text, QuickHashTellsCountersInTheLastBytesOfWordsApart) {
  constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::set<std::uint64_t> hashes;
  std::string text(16, '0');
  for (const char first : kDigits) {
    for (const char second : kDigits) {
      for (const char third : kDigits) {
        text[7] = first;
        text[11] = second;
        text[15] = third;
        hashes.insert(quick_hash(text));
      }
    }
  }
  EXPECT_EQ(hashes.size(), kDigits.size() * kDigits.size() * kDigits.size());
}

TEST(Text, ExcerptOfAShortTextIsAllOfIt) {
  EXPECT_EQ(excerpt(""), "");
  EXPECT_EQ(excerpt(std::string(80, 'x')), std::string(80, 'x'));
}

TEST(Text, ExcerptOfALongTextEndsWithAnEllipsisBehindAWholeCharacter) {
  std::string text(100'000, 'x');
  EXPECT_EQ(excerpt(text).size(), 83U);
  EXPECT_TRUE(excerpt(text).ends_with("x..."));
  text.replace(78, 3, "\xe2\x82\xac");
  EXPECT_EQ(excerpt(text).size(), 81U);
  EXPECT_TRUE(excerpt(text).ends_with("x..."));
  text[80] = 'x';
  text.replace(77, 3, "\xe2\x82\xac");
  EXPECT_TRUE(excerpt(text).ends_with("\xe2\x82\xac..."));
  EXPECT_EQ(excerpt(std::string(100'000, '\x80')).size(), 79U) << "not UTF-8 at all";
}

}  // namespace
}  // namespace xaodbc
