// SPDX-License-Identifier: Apache-2.0
// Error codes, and the must-use Result that carries them.
#pragma once
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace tenzro::tee {

// Exceptions. Nothing here throws but std::bad_alloc, where there is no memory; BadResultAccess, for a bug of the
// caller's; and whatever the caller's own functions throw. Without memory a verification ends in std::bad_alloc or in a
// verdict that is not valid, and may then blame the check that could not be done; no check passes because of it, and
// nothing wrong is remembered: the next call judges as always. Objects stay usable.

/// What went wrong, coarse enough to act on. Detail is in Error::message(). New values may be added.
enum class ErrorCode : std::uint16_t {
  invalid_argument,        ///< the caller's value is out of range (CLI exit 2)
  malformed_input,         ///< bytes from outside could not be decoded (exit 3)
  unsupported,             ///< decoded, but a version or algorithm that we do not handle (exit 3)
  not_available,           ///< no TEE here, a device is missing, a module is not loaded (exit 4)
  permission_denied,       ///< the device is there, and we may not use it (exit 4)
  hardware_failure,        ///< the device, its firmware or its host answered with an error (exit 4)
  timed_out,               ///< the device did not answer in the time that the caller gave it (exit 4)
  cancelled,               ///< the caller's stop token was asked to stop (exit 4)
  collateral_missing,      ///< not supplied, and nothing may be fetched (exit 4)
  collateral_unreachable,  ///< the service could not be reached (exit 4)
  collateral_rolled_back,  ///< the service offers less than it did before (exit 1)
  io_failure,              ///< a file or socket failed (exit 4; an input that cannot be read: 3)
  crypto_failure,          ///< OpenSSL refused something that should have worked (exit 5)
  authentication_failed,   ///< unseal: wrong key, wrong key id, or altered bytes; never says which (exit 1)
  verification_failed,     ///< evidence was judged and rejected (exit 1)
  internal                 ///< a bug of ours (exit 5)
};
std::string_view to_string(ErrorCode code) noexcept;

class Error {
 public:
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}
  ErrorCode code() const noexcept { return code_; }
  /// One line, no trailing period, no secrets: "quote.body: needs 584 bytes at offset 48, 12 left".
  const std::string& message() const noexcept { return message_; }
  /// Puts "outer: " in front, for callers that pass the error up.
  Error with_context(std::string_view outer) && {
    message_.insert(0, std::string(outer) + ": ");
    return std::move(*this);
  }

 private:
  ErrorCode code_;
  std::string message_;
};

/// Thrown when value() or * is used on a failed Result, or error() on a successful one. Always a bug in the caller.
class BadResultAccess : public std::logic_error {
  using std::logic_error::logic_error;
};
namespace detail {
[[noreturn]] void throw_bad_access(const Error& error);
[[noreturn]] void throw_no_error();
}  // namespace detail

/// Either a T or an Error. Member names follow std::expected; unlike it, the type is [[nodiscard]], * is checked in
/// every build, and and_then/transform work with libstdc++ 12.
template <class T>
class [[nodiscard("a Result may hold a failure that must be looked at")]] Result {
  static_assert(!std::is_reference_v<T> && !std::is_same_v<std::remove_cv_t<T>, Error>);
  static_assert(!std::is_same_v<T, bool>, "Result<bool> invites if (r): use Result<void> or an enum");

 public:
  using value_type = T;
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  T& value() & { return require(), *std::get_if<0>(&state_); }
  const T& value() const& { return require(), *std::get_if<0>(&state_); }
  T&& value() && { return require(), std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& {
    if (has_value()) {
      detail::throw_no_error();
    }
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    if (has_value()) {
      detail::throw_no_error();
    }
    return std::move(*std::get_if<1>(&state_));
  }

  template <class F>
  auto and_then(F&& f) && -> std::invoke_result_t<F, T&&> {
    if (!has_value()) {
      return std::move(*this).error();
    }
    return std::invoke(std::forward<F>(f), std::move(*this).value());
  }
  template <class F>
  auto transform(F&& f) && -> Result<std::invoke_result_t<F, T&&>> {
    if (!has_value()) {
      return std::move(*this).error();
    }
    return std::invoke(std::forward<F>(f), std::move(*this).value());
  }

 private:
  void require() const {
    if (!has_value()) {
      detail::throw_bad_access(*std::get_if<1>(&state_));
    }
  }
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard("a Result may hold a failure that must be looked at")]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }
  void value() const {
    if (!has_value()) {
      detail::throw_bad_access(*std::get_if<1>(&state_));
    }
  }
  const Error& error() const& {
    if (has_value()) {
      detail::throw_no_error();
    }
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    if (has_value()) {
      detail::throw_no_error();
    }
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  std::variant<std::monostate, Error> state_;
};

}  // namespace tenzro::tee
