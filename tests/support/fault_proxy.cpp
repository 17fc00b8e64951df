#include "tests/support/fault_proxy.h"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

namespace xaodbc::support {
namespace {

constexpr std::chrono::seconds kPatience{30};

std::size_t bytes_before(int position, std::size_t size) {
  if (position == Position::kHalf) return size / 2;
  const auto bytes = static_cast<std::size_t>(std::abs(position));
  return position < 0 ? size - std::min(bytes, size) : std::min(bytes, size);
}

}  // namespace

FaultProxy::FaultProxy(PrivateServer& server)
    : FaultProxy(server.port(), whole_answer_of(server.kind())) {}

FaultProxy::FaultProxy(unsigned short server_port, WholeAnswer is_whole)
    : server_port_(server_port),
      is_whole_(is_whole),
      listener_(port_.listen()),
      thread_([this] { work(); }) {}

FaultProxy::~FaultProxy() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.give();
  thread_.join();
  for (auto& link : links_) end(link);
}

void FaultProxy::hold(Exchange exchange, Position position) {
  const std::lock_guard lock(mutex_);
  for (auto& link : links_) link.is_new = false;
  order_ = {std::move(exchange), position};
}

void FaultProxy::answer_instead(Exchange exchange, Position position, std::string answer,
                                Afterwards afterwards) {
  const std::lock_guard lock(mutex_);
  order_ = Order{std::move(exchange), position, std::move(answer), afterwards};
  for (auto& link : links_) link.is_new = false;
}

void FaultProxy::await_held() {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, kPatience, [this] { return held() != nullptr; })) {
    throw std::runtime_error("the exchange to be held never came");
  }
}

bool FaultProxy::holds() {
  const std::lock_guard lock(mutex_);
  return held() != nullptr;
}

void FaultProxy::cut() {
  const std::lock_guard lock(mutex_);
  end(must_hold());
  wake_.give();
}

void FaultProxy::cut_off_client() {
  const std::lock_guard lock(mutex_);
  must_hold().client.end();
}

void FaultProxy::pass_on() {
  const std::lock_guard lock(mutex_);
  Link& link = must_hold();
  (link.answered ? link.client : link.server).send(link.rest);
  link.hold = link.answered ? Hold::kNone : Hold::kPassedOn;
  wake_.give();
}

void FaultProxy::await_reaction() {
  std::unique_lock lock(mutex_);
  const auto reacted = [this] {
    return std::ranges::none_of(
        links_, [](const Link& link) { return link.hold == Hold::kPassedOn && !link.dead; });
  };
  if (!changed_.wait_for(lock, kPatience, reacted)) {
    throw std::runtime_error("the server did not react to what was passed on");
  }
}

void FaultProxy::go_away() {
  const std::lock_guard lock(mutex_);
  // Closing it would not be enough: a forked child may have a copy, and so may the poll under way.
  listener_.end();
  listener_ = Socket();
  for (auto& link : links_) {
    if (link.hold != Hold::kHeld) end(link);
  }
  wake_.give();
}

void FaultProxy::come_back() {
  const std::lock_guard lock(mutex_);
  listener_ = port_.listen();
  wake_.give();
}

void FaultProxy::end(Link& link) {
  link.client.end();
  link.server.end();
  link.dead = true;
}

FaultProxy::Link* FaultProxy::held() {
  const auto found = std::ranges::find_if(
      links_, [](const Link& link) { return link.hold == Hold::kHeld && !link.dead; });
  return found == links_.end() ? nullptr : &*found;
}

FaultProxy::Link& FaultProxy::must_hold() {
  Link* link = held();
  if (link == nullptr) throw std::runtime_error("no exchange is held");
  return *link;
}

void FaultProxy::work() {
  for (;;) {
    wait_for_traffic();
    const std::lock_guard lock(mutex_);
    if (ending_) return;
    let_in();
    for (auto& link : links_) serve(link);
    std::erase_if(links_, [](const Link& link) { return link.dead; });
    changed_.notify_all();
  }
}

/// Who is held is not listened to, so that what it says meanwhile waits in the socket.
void FaultProxy::wait_for_traffic() {
  std::vector<pollfd> files{{wake_.file(), POLLIN, 0}};
  {
    const std::lock_guard lock(mutex_);
    if (listener_.is_open()) files.push_back({listener_.file(), POLLIN, 0});
    for (const auto& link : links_) {
      if (link.hold == Hold::kHeld) continue;
      files.push_back({link.server.file(), POLLIN, 0});
      if (link.hold != Hold::kPassedOn) files.push_back({link.client.file(), POLLIN, 0});
    }
  }
  poll(files.data(), files.size(), -1);
  wake_.take();
}

void FaultProxy::let_in() {
  while (listener_.is_open()) {
    Socket client = listener_.accept();
    if (!client.is_open()) return;
    try {
      links_.push_back({.client = std::move(client), .server = Socket::connected_to(server_port_)});
    } catch (const std::system_error&) {
      // The server is away by itself, which the client notices by being hung up on.
    }
  }
}

void FaultProxy::serve(Link& link) {
  // The answer first: only then is what the client says next another request.
  if (link.hold == Hold::kHeld || link.dead) return;
  if (const auto bytes = link.server.receive()) {
    if (bytes->empty()) return end(link);
    on_answer(link, *bytes);
  }
  if (link.hold == Hold::kHeld || link.hold == Hold::kPassedOn) return;
  if (const auto bytes = link.client.receive()) {
    if (bytes->empty()) return end(link);
    on_request(link, *bytes);
  }
}

bool FaultProxy::is_ordered(const Link& link, const std::string* request) const {
  if (!order_) return false;
  const auto& exchange = order_->exchange;
  if (exchange.text.empty()) return link.is_new && link.exchange == exchange.number;
  return request != nullptr && request->find(exchange.text) != std::string::npos;
}

void FaultProxy::on_request(Link& link, const std::string& bytes) {
  if (std::exchange(link.answered, false)) {
    ++link.exchange;
    link.request.clear();
    link.answer.clear();
  }
  link.request += bytes;
  if (!is_ordered(link, &bytes)) return link.server.send(bytes);
  if (order_->position.part == Position::Part::kRequest) {
    return order_->instead ? answer_as_ordered(link) : stop_in(link, link.server, bytes);
  }
  link.hold = Hold::kAwaitsAnswer;
  link.server.send(bytes);
}

void FaultProxy::on_answer(Link& link, const std::string& bytes) {
  link.answered = true;
  link.answer += bytes;
  const bool whole = is_whole_(link.request, link.answer);
  if (link.hold == Hold::kPassedOn && whole) link.hold = Hold::kNone;
  const bool awaited = link.hold == Hold::kAwaitsAnswer || is_ordered(link, nullptr);
  if (!awaited || order_->position.part == Position::Part::kRequest) return link.client.send(bytes);
  if (!whole) return;
  if (order_->instead) return answer_as_ordered(link);
  stop_in(link, link.client, link.answer);
}

void FaultProxy::answer_as_ordered(Link& link) {
  const auto passed = bytes_before(order_->position.bytes, link.answer.size());
  link.client.send(link.answer.substr(0, passed) + *order_->instead);
  link.hold = Hold::kNone;
  link.answered = true;
  if (order_->afterwards == Afterwards::kEnds) end(link);
  order_.reset();
}

void FaultProxy::stop_in(Link& link, const Socket& receiver, const std::string& bytes) {
  const auto passed = bytes_before(order_->position.bytes, bytes.size());
  if (passed > 0) receiver.send(bytes.substr(0, passed));
  link.rest = bytes.substr(passed);
  link.hold = Hold::kHeld;
  order_.reset();
}

}  // namespace xaodbc::support
