#include "recovery/join.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace xaodbc::recovery {
namespace {

using XidSet = std::unordered_set<Xid, XidHash>;

template <class Branch>
XidSet xids_of(const std::vector<Branch>& branches) {
  XidSet xids;
  for (const Branch& branch : branches) xids.insert(branch.xid);
  return xids;
}

BranchFacts make_facts(const std::string& resource, const Look& look, const Xid& xid) {
  BranchFacts facts;
  facts.resource = resource;
  facts.xid = xid;
  facts.server_asked = look.server_asked;
  facts.log_read = look.log_read;
  return facts;
}

}  // namespace

std::vector<BranchFacts> join(const std::string& resource, const Look& look) {
  std::vector<BranchFacts> all;
  std::unordered_map<Xid, std::size_t, XidHash> places;
  for (const odbc::ListedBranch& listed : look.listed) {
    places.emplace(listed.xid, all.size());
    all.push_back(make_facts(resource, look, listed.xid));
    all.back().listed = listed;
  }
  for (const log::BranchHistory& history : look.logged) {
    const auto [place, is_new] = places.emplace(history.xid, all.size());
    if (is_new) all.push_back(make_facts(resource, look, history.xid));
    all[place->second].history = history;
  }
  return all;
}

bool is_settled(const Look& look) { return xids_of(look.listed) == xids_of(look.logged); }

std::vector<BranchFacts> confirmed(std::vector<BranchFacts> second, const Look& first) {
  const XidSet listed = xids_of(first.listed);
  const XidSet logged = xids_of(first.logged);
  std::erase_if(second, [&](const BranchFacts& facts) {
    if (facts.listed && facts.history) return false;
    return !listed.contains(facts.xid) && !logged.contains(facts.xid);
  });
  return second;
}

}  // namespace xaodbc::recovery
