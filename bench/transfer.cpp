#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <utility>

#include "bench/contest.h"
#include "bench/log_floor.h"

namespace xaodbc::bench {
namespace {

void work(const Participants& at, std::uint64_t number, unsigned account) {
  for (const auto& participant : at) participant->start(number);
  at[0]->execute(update_sql(account, -1));
  at[1]->execute(update_sql(account, 1));
  for (const auto& participant : at) participant->end();
}

void transfer(const Participants& at, std::uint64_t number, unsigned account) {
  work(at, number, account);
  for (const auto& participant : at) participant->prepare();
  for (const auto& participant : at) participant->commit();
}

/// Durable before the promise, as the branch log's, and beside both PREPARE.
Rival with_bare_log(const std::filesystem::path& directory) {
  // About what the records of two branches take.
  constexpr std::size_t kBlock = 1024;
  const auto log = std::make_shared<BareGroupCommit>(directory / "floor", kBlock);
  return {.name = "by hand, bare log",
          .transaction = [log](const Participants& at, std::uint64_t number, unsigned account) {
            work(at, number, account);
            BareGroupCommit::Waiter waiter{0};
            log->begin(waiter);
            for (const auto& participant : at) participant->prepare();
            BareGroupCommit::wait(waiter);
            for (const auto& participant : at) participant->commit();
          }};
}

/// As many records as the branch log has for two branches, each in the file when the branch log's
/// would be: nobody reads them, and nothing keeps track of them.
Rival with_all_records(const std::filesystem::path& directory) {
  constexpr std::size_t kBlock = 160;
  const auto log = std::make_shared<BareGroupCommit>(directory / "records", kBlock,
                                                     BareGroupCommit::Write::kWhenAsked);
  return {.name = "by hand, all records",
          .transaction = [log](const Participants& at, std::uint64_t number, unsigned account) {
            work(at, number, account);
            log->note();
            BareGroupCommit::Waiter waiter{0};
            log->begin(waiter);
            for (const auto& participant : at) participant->prepare();
            BareGroupCommit::wait(waiter);
            for (std::size_t promised = 0; promised < at.size(); ++promised) log->note();
            for (const auto& participant : at) {
              log->note();
              participant->commit();
              log->note();
            }
          }};
}

std::pair<std::string, std::string> servers_of(const std::string& pair) {
  if (pair == "pg+pg") return {"pg1", "pg2"};
  if (pair == "pg+mariadb") return {"pg1", "mariadb"};
  throw std::invalid_argument("no such pair: " + pair);
}

long long balance(const Place& place) {
  return std::stoll(place.server->connect().scalar("SELECT sum(balance) FROM accounts"));
}

/// A figure for money that was lost on the way would be worth nothing.
void check_balances(const std::vector<Place>& places, long long before) {
  const long long after = balance(places[0]) + balance(places[1]);
  if (after != before) {
    throw std::runtime_error(fmt::format("the balances sum up to {}, not {}", after, before));
  }
}

std::string setting_of(const std::string& pair, std::chrono::microseconds delay) {
  if (delay.count() == 0) return pair;
  return pair + fmt::format(" +{:.3g}ms", static_cast<double>(delay.count()) / 1000);
}

void hold(Lab& lab, const std::string& pair, std::chrono::microseconds delay,
          std::vector<Rival> rivals = {}) {
  const auto [first, second] = servers_of(pair);
  const Contest contest{
      .setting = setting_of(pair, delay),
      .places = {lab.servers.place(first, delay), lab.servers.place(second, delay)},
      .keys = "",
      .floor = transfer,
      .bridge = transfer,
      .rivals = std::move(rivals)};
  const long long before = balance(contest.places[0]) + balance(contest.places[1]);
  hold_contest(lab, contest);
  check_balances(contest.places, before);
}

}  // namespace

void run_transfer(Lab& lab) {
  auto delays = lab.options.delays;
  delays.insert(delays.begin(), std::chrono::microseconds(0));
  for (const auto& pair : lab.options.pairs) {
    for (const auto delay : delays) hold(lab, pair, delay);
  }
}

void run_logged(Lab& lab) {
  const support::ScratchDirectory directory;
  for (const auto& pair : lab.options.pairs) {
    hold(lab, pair, std::chrono::microseconds(0),
         {with_bare_log(directory.path()), with_all_records(directory.path())});
  }
}

}  // namespace xaodbc::bench
