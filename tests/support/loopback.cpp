#include "tests/support/loopback.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace xaodbc::support {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in address_of(unsigned short port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

void set_option(int file, int level, int name) {
  const int on = 1;
  setsockopt(file, level, name, &on, sizeof on);
}

Socket new_socket() {
  Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) fail("socket");
  return socket;
}

/// Several sockets may be bound to a port with this option as long as none of them listens.
Socket bound_to(unsigned short port) {
  Socket socket = new_socket();
  set_option(socket.file(), SOL_SOCKET, SO_REUSEADDR);
  const auto address = address_of(port);
  if (bind(socket.file(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    fail("bind");
  }
  return socket;
}

}  // namespace

Socket& Socket::operator=(Socket&& other) noexcept {
  std::swap(file_, other.file_);
  return *this;
}

Socket::~Socket() {
  if (file_ >= 0) close(file_);
}

Socket Socket::connected_to(unsigned short port) {
  Socket socket = new_socket();
  const auto address = address_of(port);
  if (connect(socket.file(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    fail("connect");
  }
  set_option(socket.file(), IPPROTO_TCP, TCP_NODELAY);
  return socket;
}

Socket Socket::accept() const {
  Socket client(accept4(file_, nullptr, nullptr, SOCK_CLOEXEC));
  if (client.is_open()) set_option(client.file(), IPPROTO_TCP, TCP_NODELAY);
  return client;
}

std::optional<std::string> Socket::receive() const {
  std::array<char, 65536> buffer{};
  const auto size = recv(file_, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
  return std::string(buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
}

void Socket::send(const std::string& bytes) const {
  static_cast<void>(::send(file_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

void Socket::end() const { shutdown(file_, SHUT_RDWR); }

ReservedPort::ReservedPort() : socket_(bound_to(0)) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (getsockname(socket_.file(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    fail("getsockname");
  }
  number_ = ntohs(address.sin_port);
}

Socket ReservedPort::listen() const {
  constexpr int kBacklog = 64;
  Socket listener = bound_to(number_);
  const bool listens =
      fcntl(listener.file(), F_SETFL, O_NONBLOCK) == 0 && ::listen(listener.file(), kBacklog) == 0;
  if (!listens) fail("listen");
  return listener;
}

WakeUp::WakeUp() : file_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (file_ < 0) fail("eventfd");
}
WakeUp::~WakeUp() { close(file_); }
void WakeUp::give() const { eventfd_write(file_, 1); }
void WakeUp::take() const {
  eventfd_t count = 0;
  eventfd_read(file_, &count);
}

}  // namespace xaodbc::support
