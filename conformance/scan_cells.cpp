#include <xaodbc/xa.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "conformance/cell.h"
#include "conformance/scan.h"
#include "conformance/situation.h"

namespace xaodbc::conformance {
namespace {

constexpr std::string_view kThreePrepared =
    "t.start t.work t.end t.prepare t.start:y t.work:y t.end:y t.prepare:y "
    "t.start:z t.work:z t.end:z t.prepare:z";

/// Three branches in doubt, and all that is in doubt: others' branches may be listed as well.
struct Listed {
  Situation& situation;
  Xids all;
  [[nodiscard]] long size() const { return static_cast<long>(all.size()); }
};

void expect_count(Trial& trial, const std::string& what, const Page& page, long count) {
  if (page.wrote_beyond) trial.fail(what + " wrote behind the XIDs that it counted");
  if (!trial.judge(what, page.code, std::to_string(count))) throw CellEnds();
}

void with_three(Trial& trial, const std::function<void(const Listed&)>& body) {
  in_situation(trial, [&](Situation& situation) {
    situation.arrange(kThreePrepared);
    Listed listed{situation, scan_all(trial, kMe)};
    for (const char name : {'x', 'y', 'z'}) {
      if (!contains(listed.all, situation.xid(name))) trial.fail("a prepared branch is not listed");
    }
    body(listed);
    situation.finish();
  });
}

/// A scan of pages of `count` finds the same as one big page.
void pages(Trial& trial, long (*count_for)(long total)) {
  with_three(trial, [&](const Listed& listed) {
    const auto again = scan_all(trial, kMe, count_for(listed.size()));
    trial.expect(same_xids(again, listed.all), "a scan in such pages", "the same XIDs, none twice",
                 std::to_string(again.size()) + " of " + std::to_string(listed.size()));
  });
}

void count_zero(Trial& trial) {
  with_three(trial, [&](const Listed& listed) {
    expect_count(trial, "xa_recover(count 0, TMSTARTRSCAN)", trial.recover(kMe, 0, TMSTARTRSCAN),
                 0);
    expect_count(trial, "xa_recover(count n + 1, TMNOFLAGS)",
                 trial.recover(kMe, listed.size() + 1, TMNOFLAGS), listed.size());
    expect_count(trial, "xa_recover(count 0, TMENDRSCAN)", trial.recover(kMe, 0, TMENDRSCAN), 0);
  });
}

void restart(Trial& trial) {
  with_three(trial, [&](const Listed& listed) {
    expect_count(trial, "xa_recover(count 1, TMSTARTRSCAN)", trial.recover(kMe, 1, TMSTARTRSCAN),
                 1);
    expect_count(trial, "xa_recover(count 1, TMNOFLAGS)", trial.recover(kMe, 1, TMNOFLAGS), 1);
    const auto again = scan_all(trial, kMe, 2);
    trial.expect(same_xids(again, listed.all), "a scan begun again in the middle of another",
                 "all XIDs", std::to_string(again.size()) + " of " + std::to_string(listed.size()));
  });
}

void one_call_scan(Trial& trial) {
  with_three(trial, [&](const Listed& listed) {
    const Page page = trial.recover(kMe, listed.size() + 5, TMSTARTRSCAN | TMENDRSCAN);
    expect_count(trial, "xa_recover(TMSTARTRSCAN|TMENDRSCAN)", page, listed.size());
    trial.expect(same_xids(page.xids, listed.all), "its XIDs", "all", "others");
    trial.judge("xa_recover(TMNOFLAGS) after the scan has ended",
                trial.recover(kMe, 10, TMNOFLAGS).code, "INVAL");
  });
}

void end_with_the_last_page(Trial& trial) {
  with_three(trial, [&](const Listed& listed) {
    Page page = trial.recover(kMe, 1, TMSTARTRSCAN);
    expect_count(trial, "xa_recover(count 1, TMSTARTRSCAN)", page, 1);
    const Page rest = trial.recover(kMe, listed.size(), TMENDRSCAN);
    expect_count(trial, "xa_recover(count n, TMENDRSCAN)", rest, listed.size() - 1);
    page.xids.insert(page.xids.end(), rest.xids.begin(), rest.xids.end());
    trial.expect(same_xids(page.xids, listed.all), "both pages", "all XIDs", "others");
    trial.judge("xa_recover(TMNOFLAGS) after the scan has ended",
                trial.recover(kMe, 10, TMNOFLAGS).code, "INVAL");
  });
}

void past_the_end(Trial& trial) {
  with_three(trial, [&](const Listed& listed) {
    expect_count(trial, "xa_recover(count n, TMSTARTRSCAN)",
                 trial.recover(kMe, listed.size(), TMSTARTRSCAN), listed.size());
    for (int i = 0; i < 2; ++i) {
      expect_count(trial, "xa_recover(TMNOFLAGS) past the end", trial.recover(kMe, 5, TMNOFLAGS),
                   0);
    }
    expect_count(trial, "xa_recover(TMENDRSCAN)", trial.recover(kMe, 5, TMENDRSCAN), 0);
  });
}

void two_scans_agree(Trial& trial) {
  with_three(trial, [&](const Listed& listed) {
    const auto again = scan_all(trial, kMe);
    const bool same = std::ranges::equal(again, listed.all, same_xid);
    trial.expect(same, "a second scan", "the same list",
                 same_xids(again, listed.all) ? "another order" : "another list");
  });
}

void cursor_of_each_thread(Trial& trial) {
  with_three(trial, [&](const Listed& listed) {
    expect_count(trial, "xa_recover(count 1, TMSTARTRSCAN)", trial.recover(kMe, 1, TMSTARTRSCAN),
                 1);
    const auto others = scan_all(trial, kOther, 2);
    trial.expect(same_xids(others, listed.all), "another thread's scan in between", "all XIDs",
                 std::to_string(others.size()));
    expect_count(trial, "xa_recover(TMNOFLAGS) of the first thread",
                 trial.recover(kMe, listed.size(), TMENDRSCAN), listed.size() - 1);
  });
}

void resolved_in_between(Trial& trial) {
  with_three(trial, [&](const Listed& listed) {
    expect_count(trial, "xa_recover(count 1, TMSTARTRSCAN)", trial.recover(kMe, 1, TMSTARTRSCAN),
                 1);
    listed.situation.arrange("t.commit t.rollback:y");
    const int rest = trial.recover(kMe, listed.size(), TMENDRSCAN).code;
    trial.expect(rest >= 0 && rest < listed.size(), "xa_recover(TMENDRSCAN)",
                 "the rest, with or without what was resolved", std::to_string(rest));
    const auto after = scan_all(trial, kMe);
    trial.expect(!contains(after, listed.situation.xid('x')) &&
                     !contains(after, listed.situation.xid('y')) &&
                     contains(after, listed.situation.xid('z')),
                 "the next scan", "only what is still in doubt", std::to_string(after.size()));
  });
}

/// A scan in any state of thread and branch leaves both as they were.
void scan_while(Trial& trial, std::string_view steps) {
  in_situation(trial, [&](Situation& situation) {
    situation.arrange(steps);
    static_cast<void>(scan_all(trial, kMe, 2));
    situation.finish();
    trial.judge("xa_recover(TMENDRSCAN)", trial.recover(kMe, 0, TMSTARTRSCAN | TMENDRSCAN).code,
                "0");
  });
}

struct Refusal {
  std::string_view name;
  bool scan_open;
  long count;
  bool array;
  unsigned long flags;
  std::string_view answers;
};

// clang-format off
constexpr std::array<Refusal, 9> kRefusals = {{
    {"no-flag/no-scan",             false, 5,  true,  TMNOFLAGS,    "INVAL"},
    {"no-flag/no-scan/count-0",     false, 0,  true,  TMNOFLAGS,    "INVAL"},
    {"TMENDRSCAN/no-scan",          false, 5,  true,  TMENDRSCAN,   "INVAL/0"},
    {"TMENDRSCAN/no-scan/count-0",  false, 0,  false, TMENDRSCAN,   "INVAL/0"},
    {"count-negative",              false, -1, true,  TMSTARTRSCAN, "INVAL"},
    {"count-negative/scan-open",    true,  -1, true,  TMNOFLAGS,    "INVAL"},
    {"null-array",                  false, 5,  false, TMSTARTRSCAN, "INVAL"},
    {"null-array/scan-open",        true,  5,  false, TMNOFLAGS,    "INVAL"},
    {"null-array/count-0",          false, 0,  false, TMSTARTRSCAN, "0"},
}};
// clang-format on

void refuse(Trial& trial, const Refusal& row) {
  if (row.scan_open) {
    trial.require("xa_recover(TMSTARTRSCAN)", trial.recover(kMe, 0, TMSTARTRSCAN).code, "0");
  }
  const Page page = trial.recover(kMe, row.count, static_cast<long>(row.flags), 0, row.array);
  trial.judge("xa_recover(count " + std::to_string(row.count) + (row.array ? "" : ", no array") +
                  ", " + flags_text(static_cast<long>(row.flags)) + ")",
              page.code, row.answers);
}

void add(Cells& cells, const std::string& name, std::function<void(Trial&)> body) {
  cells.push_back({"8.6/" + name, "8.6; 7.4, xa_recover", std::move(body)});
}

void add_pages(Cells& cells, const std::string& name, long (*count_for)(long)) {
  add(cells, "pages-of-" + name, [count_for](Trial& trial) { pages(trial, count_for); });
}

}  // namespace

void add_scan_cells(Cells& cells) {
  for (const auto& row : kRefusals) {
    add(cells, std::string(row.name), [row](Trial& trial) { refuse(trial, row); });
  }
  add(cells, "count-0", count_zero);
  add_pages(cells, "1", [](long) { return 1L; });
  add_pages(cells, "n-1", [](long total) { return total - 1; });
  add_pages(cells, "n", [](long total) { return total; });
  add_pages(cells, "n+1", [](long total) { return total + 1; });
  add(cells, "restart-in-the-middle", restart);
  add(cells, "TMSTARTRSCAN|TMENDRSCAN", one_call_scan);
  add(cells, "TMENDRSCAN-with-the-last-page", end_with_the_last_page);
  add(cells, "past-the-end", past_the_end);
  add(cells, "two-scans-agree", two_scans_agree);
  add(cells, "cursor-of-each-thread", cursor_of_each_thread);
  add(cells, "resolved-in-between", resolved_in_between);
  add(cells, "while-T1", [](Trial& trial) { scan_while(trial, "m.start m.work"); });
  add(cells, "while-T2", [](Trial& trial) { scan_while(trial, "m.start m.work m.suspend"); });
  add(cells, "while-S2", [](Trial& trial) { scan_while(trial, "m.start m.work m.end"); });
}

}  // namespace xaodbc::conformance
