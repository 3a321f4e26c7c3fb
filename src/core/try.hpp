// SPDX-License-Identifier: Apache-2.0
// Early returns for Result, so that every one of them looks the same.
#pragma once
#include <utility>

#include "tenzro/tee/result.hpp"

#define TENZRO_CONCAT_INNER(a, b) a##b
#define TENZRO_CONCAT(a, b) TENZRO_CONCAT_INNER(a, b)

/// TENZRO_ASSIGN_OR_RETURN(const Quote quote, parse_quote(bytes));
#define TENZRO_ASSIGN_OR_RETURN(declaration, expression) \
  TENZRO_ASSIGN_OR_RETURN_INNER(TENZRO_CONCAT(tenzro_result_, __LINE__), declaration, expression)
// NOLINTBEGIN(bugprone-macro-parentheses): a name and a declaration cannot stand in parentheses.
#define TENZRO_ASSIGN_OR_RETURN_INNER(result, declaration, expression) \
  auto result = (expression);                                          \
  if (!(result)) return std::move(result).error();                     \
  declaration = *std::move(result)
// NOLINTEND(bugprone-macro-parentheses)

/// TENZRO_RETURN_IF_ERROR(reader.expect_end());
#define TENZRO_RETURN_IF_ERROR(expression)                       \
  do {                                                           \
    auto tenzro_status = (expression);                           \
    if (!tenzro_status) return std::move(tenzro_status).error(); \
  } while (false)
