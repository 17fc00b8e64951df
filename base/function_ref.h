#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace xaodbc {

template <class Signature>
class FunctionRef;

/// A lambda that the caller owns, for as long as one call lasts: std::function without its
/// allocation.
template <class Result, class... Arguments>
class FunctionRef<Result(Arguments...)> {
 public:
  template <class Callable>
  requires(std::is_class_v<std::remove_reference_t<Callable>> &&
           !std::is_same_v<std::remove_cvref_t<Callable>, FunctionRef>)
      FunctionRef(
          Callable&& callable)  // NOLINT(google-explicit-constructor): stands for a parameter
      : object_(std::addressof(callable)), call_([](const void* object, Arguments... arguments) {
          using Object = const std::remove_reference_t<Callable>;
          return static_cast<Result>(
              (*static_cast<Object*>(object))(std::forward<Arguments>(arguments)...));
        }) {}

  Result operator()(Arguments... arguments) const {
    return call_(object_, std::forward<Arguments>(arguments)...);
  }

 private:
  const void* object_;
  Result (*call_)(const void*, Arguments...);
};

}  // namespace xaodbc
