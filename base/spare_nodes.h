#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace xaodbc {

/// Keeps the memory of a few erased elements of a node container for the next ones, so that what
/// comes and goes with every branch allocates nothing. Guarded by whatever guards the container.
template <class Container>
class SpareNodes {
 public:
  using Key = typename Container::key_type;

  void erase(Container& container, const Key& key) { put_back(container.extract(key)); }

  /// For sets.
  void insert(Container& container, const Key& key) {
    if (spare_.empty()) {
      container.insert(key);
      return;
    }
    auto node = take();
    node.value() = key;
    put_back(container.insert(std::move(node)).node);
  }

  /// For maps; false when the key is there already, and nothing is changed.
  template <class Mapped>
  bool insert(Container& container, const Key& key, Mapped mapped) {
    if (spare_.empty()) return container.emplace(key, std::move(mapped)).second;
    auto node = take();
    node.key() = key;
    node.mapped() = std::move(mapped);
    auto result = container.insert(std::move(node));
    put_back(std::move(result.node));
    return result.inserted;
  }

 private:
  using Node = typename Container::node_type;
  static constexpr std::size_t kMost = 64;

  Node take() {
    Node node = std::move(spare_.back());
    spare_.pop_back();
    return node;
  }
  void put_back(Node node) {
    if (node.empty()) return;
    if constexpr (requires { node.mapped(); }) node.mapped() = {};
    if (spare_.size() < kMost) spare_.push_back(std::move(node));
  }

  std::vector<Node> spare_;
};

}  // namespace xaodbc
