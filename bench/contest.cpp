#include "bench/contest.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <random>
#include <utility>

#include "bench/floor_mariadb.h"
#include "bench/floor_postgresql.h"
#include "bench/floor_sqlite.h"

namespace xaodbc::bench {
namespace {

using Hire = std::function<Participants(unsigned thread)>;

std::unique_ptr<Participant> hire_by_hand(const Place& place, const std::string& name,
                                          Phases phases) {
  if (place.on_sqlite()) {
    return std::make_unique<SqliteFloor>(place.connection_string(), name, phases);
  }
  if (place.on_mariadb()) {
    return std::make_unique<MariadbFloor>(place.connection_string(), name, phases);
  }
  return std::make_unique<PostgresqlFloor>(place.connection_string(), name);
}

Hire by_hand(Lab& lab, const Contest& contest, Phases phases) {
  const std::string name = lab.new_name("h");
  return [&contest, name, phases](unsigned thread) {
    Participants hired;
    for (const auto& place : contest.places) {
      hired.push_back(hire_by_hand(place, fmt::format("{}.{}", name, thread), phases));
    }
    return hired;
  };
}

Hire through_the_bridge(Lab& lab, const Contest& contest, const std::string& variant) {
  std::vector<std::pair<std::string, int>> resources;
  const std::string keys = contest.keys.empty() ? variant : variant + "," + contest.keys;
  for (const auto& place : contest.places) {
    resources.emplace_back(lab.add_resource(place, keys), new_rmid());
  }
  const std::string name = lab.new_name("b");
  return [resources, name, connections = contest.connections](unsigned thread) {
    Participants hired;
    char part = 'a';
    for (const auto& [resource, rmid] : resources) {
      hired.push_back(std::make_unique<Bridge>(resource, rmid, fmt::format("{}.{}", name, thread),
                                               part++, connections));
    }
    return hired;
  };
}

Team::Recruit recruit(Hire hire, Transaction transaction) {
  return [hire = std::move(hire), transaction = std::move(transaction)](unsigned thread) {
    // std::function wants what can be copied.
    auto hired = std::make_shared<Participants>(hire(thread));
    return
        [hired, transaction, random = std::mt19937(thread), number = std::uint64_t{0}]() mutable {
          transaction(*hired, ++number, static_cast<unsigned>(random() % kAccounts));
        };
  };
}

/// Only PostgreSQL knows a guard: elsewhere what differs would be noise.
std::vector<std::string> variants_of(const Lab& lab, const Contest& contest) {
  auto variants = lab.options.variants;
  if (std::ranges::none_of(contest.places, &Place::on_postgresql)) variants.resize(1);
  return variants;
}

void hold(Lab& lab, const Contest& contest, unsigned threads) {
  lab.report.progress(fmt::format("{}, {} threads: connecting", contest.setting, threads));
  Team floor(threads, recruit(by_hand(lab, contest, contest.by_hand), contest.floor));
  const auto contestant = [&lab](const std::string& name, Team& team) {
    return Contestant{name, [&] { return team.run(lab.options.round); }};
  };
  std::vector<std::unique_ptr<Team>> teams;
  std::vector<Contestant> candidates;
  for (const auto& variant : variants_of(lab, contest)) {
    teams.push_back(std::make_unique<Team>(
        threads, recruit(through_the_bridge(lab, contest, variant), contest.bridge)));
    candidates.push_back(contestant(variant, *teams.back()));
  }
  for (const auto& rival : contest.rivals) {
    teams.push_back(std::make_unique<Team>(
        threads, recruit(by_hand(lab, contest, Phases::kTwo), rival.transaction)));
    candidates.push_back(contestant(rival.name, *teams.back()));
  }
  const auto comparisons =
      hold_duel(contestant("by hand", floor), candidates, lab.options.rounds, [&](unsigned round) {
        lab.report.progress(fmt::format("{}, {} threads: round {} of {}", contest.setting, threads,
                                        round, lab.options.rounds));
      });
  for (const auto& comparison : comparisons) {
    lab.report.add(contest.setting, threads, comparison);
  }
}

}  // namespace

void hold_contest(Lab& lab, const Contest& contest) {
  if (contest.one_thread) return hold(lab, contest, 1);
  for (const unsigned threads : lab.options.threads) hold(lab, contest, threads);
}

void update_in_two_phases(const Participants& at, std::uint64_t number, unsigned account) {
  at[0]->start(number);
  at[0]->execute(update_sql(account, 1));
  at[0]->end();
  at[0]->prepare();
  at[0]->commit();
}

std::string update_sql(unsigned account, int amount) {
  return fmt::format("UPDATE accounts SET balance = balance + ({}) WHERE id = {}", amount, account);
}

}  // namespace xaodbc::bench
