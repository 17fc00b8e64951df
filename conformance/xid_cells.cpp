#include <xaodbc/xa.h>

#include <array>
#include <string_view>

#include "conformance/cell.h"
#include "conformance/scan.h"
#include "conformance/situation.h"

namespace xaodbc::conformance {
namespace {

/// An XID by its lengths and the bytes that it repeats.
struct Kind {
  std::string_view name;
  long format;
  long gtrid_length;
  long bqual_length;
  int first_byte;  ///< of the bytes that count upwards from there
};

constexpr long kBiggestFormat = 0x7fffffff;

// clang-format off
constexpr std::array<Kind, 13> kKinds = {{
    {"bytes-00-7f",        1,              64, 64, 0x00},
    {"bytes-80-ff",        1,              64, 64, 0x80},
    {"bytes-40-bf",        1,              64, 64, 0x40},
    {"bytes-c0-3f",        1,              64, 64, 0xc0},
    {"format-0",           0,              20, 4,  0x11},
    {"format-2147483647",  kBiggestFormat, 20, 4,  0x12},
    {"gtrid-9-bqual-1",    1,              9,  1,  0x13},
    {"gtrid-64-bqual-0",   1,              64, 0,  0x14},
    {"gtrid-9-bqual-0",    1,              9,  0,  0x15},
    {"gtrid-64-bqual-1",   1,              64, 1,  0x16},
    {"gtrid-9-bqual-64",   1,              9,  64, 0x17},
    {"quotes",             1,              24, 9,  0x22},
    {"backslashes",        1,              24, 9,  0x5c},
}};
// clang-format on

/// Its first eight bytes make it differ from those of other runs.
XID make(const Kind& kind, const XID& unique) {
  XID xid{};
  xid.formatID = kind.format;
  xid.gtrid_length = kind.gtrid_length;
  xid.bqual_length = kind.bqual_length;
  for (int i = 0; i < kind.gtrid_length + kind.bqual_length; ++i) {
    xid.data[i] = static_cast<char>(kind.first_byte + i);
  }
  // A hash of what makes `unique` so, spread into bytes that stay printable or not as they were.
  unsigned long mix = 1469598103934665603UL;
  for (int i = 0; i < unique.gtrid_length; ++i) {
    mix = (mix ^ static_cast<unsigned char>(unique.data[i])) * 1099511628211UL;
  }
  for (unsigned i = 0; i < 8; ++i) {
    xid.data[i] = static_cast<char>(xid.data[i] ^ static_cast<char>(mix >> (8 * i)));
  }
  return xid;
}

void expect_listed(Trial& trial, const XID& xid, bool wanted) {
  const bool found = is_listed(trial, kOther, xid);
  if (!trial.expect(found == wanted, "xa_recover, a whole scan for " + text_of(xid),
                    wanted ? "lists it byte for byte" : "does not list it",
                    found ? "listed" : "not listed")) {
    throw CellEnds();
  }
}

void two_phases(Trial& trial, const Kind& kind, bool commit) {
  in_situation(trial, [&](Situation& situation) {
    situation.set_xid(make(kind, situation.xid()));
    situation.arrange("m.start m.work m.end m.prepare");
    expect_listed(trial, situation.xid(), true);
    trial.judge("xa_start(TMNOFLAGS) while prepared", situation.act(kOther, Verb::kStart, 0),
                "DUPID");
    if (!commit) situation.arrange("t.rollback");
    situation.finish();
    expect_listed(trial, situation.xid(), false);
  });
}

void fill_unused(XID& xid, char filler) {
  for (long i = xid.gtrid_length + xid.bqual_length; i < XIDDATASIZE; ++i) xid.data[i] = filler;
}

/// Bytes after the used ones are garbage.
void garbage(Trial& trial) {
  in_situation(trial, [&](Situation& situation) {
    XID xid = situation.xid();
    char filler = 'A';
    for (const auto* const step :
         {"m.start m.work", "m.suspend", "m.resume", "m.end", "t.prepare"}) {
      fill_unused(xid, ++filler);
      situation.set_xid(xid);
      situation.arrange(step);
    }
    expect_listed(trial, xid, true);
    fill_unused(xid, '\0');
    situation.set_xid(xid);
    situation.finish();
  });
}

/// Two branches that differ in one part only: `change` makes y out of x. A database that cannot
/// keep them apart may refuse the second one, as long as it never takes one for the other.
void two_branches(Trial& trial, const std::function<void(XID&)>& change) {
  in_situation(trial, [&](Situation& situation) {
    XID second = situation.xid('x');
    change(second);
    situation.set_xid(second, 'y');
    situation.arrange("m.start m.work m.end");
    const int start = situation.act(kOther, Verb::kStart, TMNOFLAGS, 'y');
    trial.judge("xa_start(TMNOFLAGS) of the second one", start, "OK/DUPID");
    if (start != XA_OK) return situation.finish();
    situation.arrange("o.work:y o.end:y t.prepare");
    trial.judge("xa_commit(TMNOFLAGS) of the one that is not prepared",
                situation.act(kThird, Verb::kCommit, TMNOFLAGS, 'y'), "PROTO");
    situation.arrange("t.prepare:y");
    expect_listed(trial, situation.xid('x'), true);
    expect_listed(trial, situation.xid('y'), true);
    situation.arrange("t.rollback");
    expect_listed(trial, situation.xid('x'), false);
    expect_listed(trial, situation.xid('y'), true);
    situation.finish();
  });
}

void add_pair(Cells& cells, const std::string& name, const std::function<void(XID&)>& change) {
  cells.push_back({"2.1/equality/" + name, "2.1, equality; 1, loosely coupled",
                   [change](Trial& trial) { two_branches(trial, change); }});
}

}  // namespace

void add_xid_cells(Cells& cells) {
  for (const auto& kind : kKinds) {
    const std::string name = "2.1/xid/" + std::string(kind.name);
    cells.push_back(
        {name + "/commit", "2.1; 8.6", [kind](Trial& trial) { two_phases(trial, kind, true); }});
    cells.push_back(
        {name + "/rollback", "2.1; 8.6", [kind](Trial& trial) { two_phases(trial, kind, false); }});
  }
  cells.push_back({"2.1/xid/garbage-after-it", "2.1, equality", garbage});
  add_pair(cells, "bqual", [](XID& xid) { xid.data[xid.gtrid_length] ^= 1; });
  add_pair(cells, "bqual-length", [](XID& xid) { ++xid.bqual_length; });
  add_pair(cells, "gtrid", [](XID& xid) { xid.data[xid.gtrid_length - 1] ^= 1; });
  add_pair(cells, "format", [](XID& xid) { ++xid.formatID; });
  add_pair(cells, "border-of-gtrid-and-bqual", [](XID& xid) {
    ++xid.gtrid_length;
    --xid.bqual_length;
  });
}

}  // namespace xaodbc::conformance
