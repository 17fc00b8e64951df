#include <xaodbc/xa.h>

#include "conformance/cell.h"
#include "conformance/scan.h"
#include "conformance/situation.h"

namespace xaodbc::conformance {
namespace {

constexpr int kMany = 100;

/// Prepared branches of a trial's own, finished however the trial ends.
class InDoubt {
 public:
  InDoubt(Trial& trial, int count) : trial_(trial) {
    for (int i = 0; i < count; ++i) prepare_one();
  }
  [[nodiscard]] const Xids& xids() const { return xids_; }
  void commit_last() { finish(Verb::kCommit); }
  void roll_back_last() { finish(Verb::kRollback); }
  /// Half of them each way.
  void finish_all() {
    while (!xids_.empty()) {
      finish(xids_.size() % 2 == 0 ? Verb::kCommit : Verb::kRollback);
    }
  }
  void clean_up() {
    for (const XID& xid : xids_) trial_.call(kThird, Verb::kRollback, xid);
  }

 private:
  void prepare_one() {
    Situation situation(trial_);
    try {
      const int start = situation.act(kThird, Verb::kStart, TMNOFLAGS);
      if (start == XAER_RMERR && !xids_.empty()) {
        trial_.not_driven("no room for " + std::to_string(kMany) + " branches; raise its limits");
      }
      trial_.require("xa_start", start, "OK");
      situation.arrange("t.work t.end t.prepare");
      xids_.push_back(situation.xid());
    } catch (const CellEnds&) {
      situation.clean_up();
      clean_up();
      throw;
    }
  }
  void finish(Verb verb) {
    const XID xid = xids_.back();
    trial_.require(std::string(name_of(verb)), trial_.call(kThird, verb, xid), "OK");
    xids_.pop_back();
  }

  Trial& trial_;
  Xids xids_;
};

void with_many(Trial& trial, const std::function<void(InDoubt&)>& body) {
  InDoubt in_doubt(trial, kMany);
  try {
    body(in_doubt);
    in_doubt.finish_all();
  } catch (const CellEnds&) {
    in_doubt.clean_up();
    throw;
  }
}

void expect_all(Trial& trial, const InDoubt& in_doubt, const Xids& found) {
  std::size_t missing = 0;
  for (const XID& xid : in_doubt.xids()) missing += contains(found, xid) ? 0 : 1;
  trial.expect(missing == 0, "a whole scan", "every branch that is in doubt",
               std::to_string(missing) + " are missing");
}

/// As LIXA does it: TMSTARTRSCAN, then no flag for as long as full pages come back.
void pages(Trial& trial, long count) {
  with_many(trial,
            [&](InDoubt& in_doubt) { expect_all(trial, in_doubt, scan_all(trial, kMe, count)); });
}

/// As Enduro/X does it: branches are finished between the fetches, and the scan is never ended.
void finish_between_fetches(Trial& trial) {
  with_many(trial, [&](InDoubt& in_doubt) {
    Xids found;
    long flags = TMSTARTRSCAN;
    for (;;) {
      const Page page = trial.recover(kMe, 10, flags);
      trial.require("xa_recover between commits and rollbacks", page.code, "n");
      found.insert(found.end(), page.xids.begin(), page.xids.end());
      if (page.code < 10) break;
      flags = TMNOFLAGS;
      in_doubt.commit_last();
      in_doubt.roll_back_last();
    }
    expect_all(trial, in_doubt, found);
    expect_all(trial, in_doubt, scan_all(trial, kMe, 500));
  });
}

void add(Cells& cells, const std::string& name, std::function<void(Trial&)> body) {
  cells.push_back({"8.6/100-in-doubt/" + name, "8.6; 11, test 4", std::move(body)});
}

}  // namespace

void add_long_scan_cells(Cells& cells) {
  add(cells, "pages-of-100", [](Trial& trial) { pages(trial, 100); });
  add(cells, "pages-of-33", [](Trial& trial) { pages(trial, 33); });
  add(cells, "pages-of-500", [](Trial& trial) { pages(trial, 500); });
  add(cells, "finished-between-fetches", finish_between_fetches);
}

}  // namespace xaodbc::conformance
