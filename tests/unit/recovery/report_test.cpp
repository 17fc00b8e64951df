#include "recovery/report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "recovery/console.h"
#include "tests/unit/recovery/facts_builder.h"

namespace xaodbc::recovery {
namespace {

using log::RecordType;

constexpr std::int64_t kLater = kNoon + 125'000'000;

BranchFacts in_doubt() {
  BranchFacts facts = make_facts();
  facts.listed = make_listed();
  facts.history =
      make_history({make_record(RecordType::kPreparing), make_record(RecordType::kPrepared)});
  return facts;
}

BranchFacts decided() {
  BranchFacts facts = make_facts();
  facts.resource = "other";
  facts.xid = make_xid("gtrid", "");
  facts.history = make_history(
      {make_record(RecordType::kPreparing),
       make_record(RecordType::kHeuristic, log::Outcome::kCommitted),
       make_record(RecordType::kDone, log::Outcome::kCommitted, log::Decider::kOperator)});
  return facts;
}

TEST(ReportText, TableHasOneLinePerBranchAndExplainsItsStates) {
  const Report report = make_report({{in_doubt(), decided()}, {}});
  EXPECT_EQ(
      to_text(report, kLater),
      "RESOURCE  ID      STATE      AGE    PREPARED BY         XID\n"
      "bank      " +
          report.lines[0].id +
          "  in-doubt   2m 5s  pid 42 on server-1  1:67:62\n"
          "other     " +
          report.lines[1].id +
          "  heuristic  2m 5s  pid 42 on server-1  1:6774726964:\n"
          "\n"
          "in-doubt   prepared, not decided: let the transaction manager run and recover first\n"
          "heuristic  finished without the transaction manager: kept until that calls "
          "xa_forget\n"
          "\n"
          "Details of one: xaodbc show RESOURCE ID\n");
}

TEST(ReportText, NothingInDoubtIsSaid) {
  EXPECT_EQ(to_text(make_report({}), kLater), "no branch is in doubt\n");
}

TEST(ReportText, NothingSeenIsNotNothingInDoubt) {
  EXPECT_EQ(to_text(make_report({{}, {{"bank", "unreachable"}}}), kLater), "");
}

TEST(ReportText, PageOfOneBranchTellsServerLogAndDecisions) {
  const Report report = make_report({{in_doubt()}, {}});
  EXPECT_EQ(
      to_text(report.lines[0], kLater),
      "branch   " + report.lines[0].id +
          " of bank\n"
          "xid      1:67:62\n"
          "state    in-doubt: prepared and waiting for the transaction manager\n"
          "age      2m 5s\n"
          "server   server-1: has it prepared since 2024-05-01 12:00:00+00, by user app\n"
          "name     xa1.gid\n"
          "log\n"
          "  2024-05-01T12:00:00Z  pid 42  preparing  gid=xa1.gid  server=server-1  "
          "session=session-1\n"
          "  2024-05-01T12:00:01Z  pid 42  prepared  transaction=815\n"
          "what each decision would mean\n"
          "  commit    the work becomes visible and its locks are released; if the transaction "
          "manager decides to roll back, the databases disagree and it is told XA_HEURCOM\n"
          "  rollback  the work is undone and its locks are released; if the transaction manager "
          "decides to commit, the databases disagree and it is told XA_HEURRB\n"
          "  forget    not possible: no operator has decided this branch, nothing to forget\n"
          "  wait      the branch keeps its locks until the transaction manager decides; when it "
          "is "
          "started again it finds the branch by its recovery scan\n");
}

TEST(ReportText, WhatOthersWroteCannotSteerTheTerminal) {
  EXPECT_EQ(printable("a\x1b[31m\nb\x7f\xc3\xa4"), "a?[31m?b?\xc3\xa4");
  BranchFacts facts = in_doubt();
  facts.listed->owner = "\x1b[2J";
  const Report report = make_report({{facts}, {}});
  EXPECT_EQ(to_text(report.lines[0], kLater).find('\x1b'), std::string::npos);
}

TEST(ReportJson, FieldsAreTheDocumentedOnes) {
  const Report report = make_report({{in_doubt()}, {{"gone", "unreachable"}}});
  const auto json = nlohmann::json::parse(to_json(report, kLater));
  ASSERT_EQ(json["branches"].size(), 1U);
  const auto expected = nlohmann::json::parse(R"({
    "resource": "bank", "id": ")" + report.lines[0].id +
                                              R"(",
    "xid": "1:67:62", "format_id": 1, "gtrid": "67", "bqual": "62",
    "state": "in-doubt", "summary": "prepared and waiting for the transaction manager",
    "age_seconds": 125,
    "prepared_by": {"pid": 42, "server": "server-1"},
    "server": {"asked": true, "identity": "server-1", "lists_it": true, "gid": "xa1.gid",
               "prepared_at": "2024-05-01 12:00:00+00", "owner": "app", "surely_ours": true,
               "session_alive": null, "proof": "nothing"},
    "log": {"read": true, "records": [
      {"type": "preparing", "time": "2024-05-01T12:00:00Z", "pid": 42, "gid": "xa1.gid",
       "server": "server-1", "session": "session-1"},
      {"type": "prepared", "time": "2024-05-01T12:00:01Z", "pid": 42, "transaction_id": "815"}]},
    "heuristic": null})");
  for (const auto& [name, value] : expected.items()) {
    EXPECT_EQ(json["branches"][0][name], value) << name;
  }
  const auto& decisions = json["branches"][0]["decisions"];
  EXPECT_EQ(decisions["commit"]["allowed"], true);
  EXPECT_EQ(decisions["forget"]["allowed"], false);
  EXPECT_TRUE(decisions["wait"]["meaning"].is_string());
  EXPECT_EQ(json["errors"],
            nlohmann::json::parse(R"([{"resource": "gone", "message": "unreachable"}])"));
}

TEST(ReportJson, DecisionOfAnOperatorIsAFieldOfItsOwn) {
  const auto json = nlohmann::json::parse(to_json(make_report({{decided()}, {}}), kLater));
  const auto& heuristic = json["branches"][0]["heuristic"];
  EXPECT_EQ(heuristic["operator"], "ann");
  EXPECT_EQ(heuristic["reason"], "ticket 1");
  EXPECT_EQ(heuristic["outcome"], "committed");
}

TEST(ReportJson, NothingIsTwoEmptyLists) {
  const auto json = nlohmann::json::parse(to_json(make_report({}), kLater));
  EXPECT_EQ(json, nlohmann::json::parse(R"({"branches": [], "errors": []})"));
}

TEST(ReportJson, ServerThatWasNotAskedAnswersNull) {
  BranchFacts facts = in_doubt();
  facts.server_asked = false;
  facts.listed.reset();
  facts.server.clear();
  const auto json = nlohmann::json::parse(to_json(make_report({{facts}, {}}), kLater));
  EXPECT_TRUE(json["branches"][0]["server"]["lists_it"].is_null());
  EXPECT_TRUE(json["branches"][0]["server"]["identity"].is_null());
}

TEST(ReportJson, BytesThatAreNoTextDoNotBreakIt) {
  BranchFacts facts = in_doubt();
  facts.listed->owner = "\xff\xfe";
  EXPECT_TRUE(nlohmann::json::accept(to_json(make_report({{facts}, {}}), kLater)));
}

TEST(Report, OnlyOldEnoughBranchesAreLeft) {
  Report report = make_report({{in_doubt()}, {}});
  keep_relevant(report, std::chrono::seconds(125), kLater);
  EXPECT_EQ(report.lines.size(), 1U);
  keep_relevant(report, std::chrono::seconds(126), kLater);
  EXPECT_TRUE(report.lines.empty());
}

TEST(Report, BranchOfUnknownAgeIsNeverTooYoung) {
  BranchFacts facts = make_facts();
  facts.listed = make_listed(false);
  facts.listed->prepared_at.clear();
  Report report = make_report({{facts}, {}});
  keep_relevant(report, std::chrono::hours(100), kLater);
  EXPECT_EQ(report.lines.size(), 1U);
}

TEST(Report, WorkUnderWayIsNotInDoubt) {
  BranchFacts facts = make_facts();
  facts.history = make_history({make_record(RecordType::kPreparing)});
  facts.session_alive = true;
  Report report = make_report({{facts}, {}});
  keep_relevant(report, std::nullopt, kLater);
  EXPECT_TRUE(report.lines.empty());
}

TEST(Report, AgeComesFromTheLogElseFromTheServer) {
  BranchFacts facts = in_doubt();
  facts.listed->prepared_at = "2024-05-01 11:00:00+00";
  EXPECT_EQ(age_of(facts, kLater)->count(), 125);
  facts.history.reset();
  EXPECT_EQ(age_of(facts, kLater)->count(), 3725);
  facts.listed->prepared_at = "2099-01-01 00:00:00+00";
  EXPECT_EQ(age_of(facts, kLater)->count(), 0);
}

TEST(Report, VoteThatWasAskedForAgainMakesABranchNoYounger) {
  BranchFacts facts = make_facts();
  facts.listed = make_listed();
  facts.history =
      make_history({make_record(RecordType::kPreparing), make_record(RecordType::kPrepared),
                    make_record(RecordType::kPreparing), make_record(RecordType::kPrepared)});
  EXPECT_EQ(age_of(facts, kLater)->count(), 125);
  Report report = make_report({{facts}, {}});
  keep_relevant(report, std::chrono::seconds(125), kLater);
  EXPECT_EQ(report.lines.size(), 1U);
}

}  // namespace
}  // namespace xaodbc::recovery
