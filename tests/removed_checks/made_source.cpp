// SPDX-License-Identifier: Apache-2.0
// Every form of a check that make_removable.py knows, and what only looks like one. self_test.py rewrites it, removes
// each check in turn, and looks at what it prints; nothing else compiles it.
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#define REFUSED_IF(condition) \
  if (condition) {            \
    return false;             \
  }

namespace made {

struct Error {
  int code;
};
struct Verdict {
  std::vector<int> failures;
  void fail(int code) { failures.push_back(code); }
};

Error malformed(std::string_view what) { return Error{static_cast<int>(what.size())}; }

// if (in_a_comment) { return false; }
/* if (in_another) { return false; } */
constexpr std::string_view kText = "if (in_quotes) { return false; } \" still // quoted";
constexpr std::string_view kRaw = R"x(if (in_raw) { return false; } ")")x";
constexpr char kBrace = '{';
constexpr int kSeparated = 1'000'000;

constexpr bool is_small(int value) {
  if (value > kSeparated) {
    return false;
  }
  return true;
}
static_assert(is_small(1) && !is_small(kSeparated + 1));

bool in_order(int a, int b, int c) { return a <= b && b <= c; }

bool either(int value) { return value == 1 || value == 2; }

std::optional<int> plain(int value) {
  if (value < 0 || value == 6) {
    return std::nullopt;
  }
  if (const int half = value / 2; half > 50) {
    return std::nullopt;
  }
  if (const bool odd = value % 2 != 0) {
    return std::nullopt;
  } else if (value == 8) {
    return {};
  }
  return value;
}

Error with_else(int value, Verdict& verdict) {
  if (value > 10 && value < 20) {
    value = 0;
  } else {
    verdict.fail(1);
  }
  if constexpr (sizeof(int) > 100) {
    return malformed("huge");
  }
  const auto wrong = [](int code) { return Error{code}; };
  if (value != 0) {
    return wrong(4);
  }
  return {0};
}

bool early_exit(int value, Verdict& verdict) {
  for (const int one : {value, value + 1}) {
    if (one < 5) {
      continue;
    }
    verdict.fail(one);
  }
  if (value % 3 == 0) {
    return true;
  }
  return false;
}

Error passed_on(std::optional<int> value) {
  struct Holder {
    Error error() const { return Error{9}; }
  };
  const Holder holder;
  if (!value) {
    return holder.error();
  }
  return *value == 3 ? malformed("three") : Error{0};
}

bool outer(int value) {
  if (value > 0) {
    const auto inner = [&] {
      if (value > 100) {
        return false;
      }
      return true;
    };
    if (!inner()) {
      return false;
    }
  }
  REFUSED_IF(value == 42)
  return true;
}

}  // namespace made

int main() {
  using namespace made;
  std::string out;
  const auto say = [&out](bool yes) { out += yes ? '1' : '0'; };
  say(is_small(kSeparated + 1));
  say(in_order(2, 1, 3));
  say(in_order(1, 3, 2));
  say(either(3));
  say(plain(-2).has_value());
  say(plain(6).has_value());
  say(plain(200).has_value());
  say(plain(3).has_value());
  for (const int value : {5, 15, 25}) {
    Verdict verdict;
    const Error error = with_else(value, verdict);
    out += std::to_string(verdict.failures.size()) + std::to_string(error.code);
  }
  Verdict verdict;
  say(early_exit(4, verdict));
  out += std::to_string(verdict.failures.size());
  out += std::to_string(passed_on(std::nullopt).code) + std::to_string(passed_on(3).code);
  say(outer(101));
  say(outer(42));
  say(kText.size() + kRaw.size() > 0 && kBrace == '{');
  std::puts(out.c_str());
}
