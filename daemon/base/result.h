// How errors travel. Code on the packet path and parsers return Result<T>; set-up and configuration throw
// SetupError, the one exception type. Both carry where it happened and what to do about it.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace gatehouse {

struct Error {
  std::string message;  // what is wrong, in plain words
  std::string remedy;   // what to do about it; may be empty
  std::string file;     // where; empty when it is about no file
  int line = 0;         // 1-based; 0 when it is about no line

  // "file:line: message. Remedy." with the parts that are there.
  [[nodiscard]] std::string to_string() const {
    std::string out;
    if (!file.empty()) out += line > 0 ? fmt::format("{}:{}: ", file, line) : fmt::format("{}: ", file);
    out += message;
    if (!remedy.empty()) out += fmt::format("\n  remedy: {}", remedy);
    return out;
  }
};

template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> failure(std::string message, std::string remedy = {}, std::string file = {},
                                     int line = 0) {
  return tl::make_unexpected(Error{std::move(message), std::move(remedy), std::move(file), line});
}

class SetupError : public std::runtime_error {
 public:
  explicit SetupError(Error error) : std::runtime_error(error.to_string()), error_(std::move(error)) {}
  [[nodiscard]] const Error& error() const noexcept { return error_; }

 private:
  Error error_;
};

// For set-up code, where a failed Result ends the program: the value, or a SetupError.
template <typename T>
T value_or_throw(Result<T> result) {
  if (!result) throw SetupError(result.error());
  return std::move(*result);
}
inline void throw_if_failed(const Result<void>& result) {
  if (!result) throw SetupError(result.error());
}

}  // namespace gatehouse
