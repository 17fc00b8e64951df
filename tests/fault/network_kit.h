#pragma once

#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "tests/fault/aftermath.h"
#include "tests/fault/network.h"
#include "tests/integration/tm_kit.h"
#include "tests/support/remote_tm.h"

namespace xaodbc {

using support::RemoteTm;
using support::XaAnswer;

struct NetworkCase {
  ServerKind kind = ServerKind::kPostgresql;
  Fault fault{};
  Aftermath aftermath{};
};
std::string name_of(const testing::TestParamInfo<NetworkCase>& info);
void PrintTo(const NetworkCase& one, std::ostream* out);

/// On both databases, where `makes_sense`; where much comes with the failure, faults that stand for
/// others do.
std::vector<NetworkCase> combine(const std::vector<Fault>& faults,
                                 const std::vector<Aftermath>& aftermaths,
                                 const std::function<bool(const NetworkCase&)>& makes_sense);

/// Names of codes, so that a failure can be read; "XA_RB*" is any of them.
using Codes = std::vector<std::string>;
std::string code_of(const XaAnswer& answer);

/// A transaction manager whose resource lies behind a network that fails once, in the exchange that
/// a verb depends on. The test itself looks at the server directly.
class NetworkTest : public TmFixture, public testing::WithParamInterface<NetworkCase> {
 protected:
  NetworkTest();
  void SetUp() override;
  void TearDown() override;

  [[nodiscard]] static const Fault& fault() { return GetParam().fault; }
  [[nodiscard]] static const Aftermath& aftermath() { return GetParam().aftermath; }
  /// The server's own words for a verb.
  [[nodiscard]] std::string on(const char* postgresql, const char* mariadb) const;

  /// The answer of a verb in whose exchange the network fails, with all that the case wants to
  /// happen meanwhile. Not later than verb_timeout.
  XaAnswer fail_in(const support::Exchange& exchange, const std::function<XaAnswer()>& verb);

  /// The server is within reach again; nothing happens where it was not away.
  void come_back();
  /// What the network still holds reaches the server at last, if that is in the nature of the
  /// failure: nothing may come of it. Else the connection is cut.
  void let_go();
  /// What the database holds once nothing of the failure is left.
  void expect_row(bool there);

  /// XA_HEUR* until xa_forget, in this process and in another one (I4).
  void expect_heuristic(const std::string& code, const std::function<XaAnswer(RemoteTm&)>& there,
                        const std::function<XaAnswer()>& here);
  /// A process of its own that has opened the resource.
  std::unique_ptr<RemoteTm> another_process();
  void expect_new_work();

  support::FaultProxy proxy_;

 private:
  void meanwhile();
  void cut_in_question();
  [[nodiscard]] std::string text_of_question() const;
  void act_by_operator(bool commit);
  XaAnswer in_time(const std::function<XaAnswer()>& verb) const;

  int verb_timeout_;
  bool away_ = false;
  std::string first_text_;
};

}  // namespace xaodbc
