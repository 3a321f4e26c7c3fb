// SPDX-License-Identifier: Apache-2.0
// Text that is safe on a terminal, and colour where it is wanted.
#pragma once
#include <string>
#include <string_view>

namespace tenzro::cli {

/// Text from outside on one line: control characters and everything beyond ASCII as \xNN, so that neither escape
/// sequences nor invisible or reversing characters reach a terminal.
std::string safe_text(std::string_view text);

enum class Style { plain, good, bad, caution, heading };

/// Adds colour, or none.
/// Threads: const members may be called from several threads at once.
class Painter {
 public:
  explicit Painter(bool colour) noexcept : colour_(colour) {}
  /// Colour when standard output is a terminal that has it and NO_COLOR is not set.
  static Painter for_stdout();
  std::string operator()(Style style, std::string_view text) const;

 private:
  bool colour_;
};

}  // namespace tenzro::cli
