// SPDX-License-Identifier: Apache-2.0
// What a row is measured against. Ratios survive a busy or another machine; microseconds do not.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>

namespace tenzro::bench {

/// So many times what a calibrator does.
struct Work {
  double units = 1;
  std::string calibrator;
};

/// A row is judged as: its median / (sum of units * the calibrator's median) must not exceed limit.
struct Target {
  std::vector<Work> against{};
  double limit = 0;  ///< 0: there is none, the ratio is only shown
  /// The most that a counter of the row may be.
  std::map<std::string, double> counter_limits{};
};

/// Registers a row with its target.
benchmark::internal::Benchmark* add_row(const std::string& name, std::function<void(benchmark::State&)> run,
                                        Target target = {});
/// The same for 1, 2 and 4 threads by real time; how well it scales is shown beside how well the calibrator does.
void add_scaling_row(const std::string& name, std::function<void(benchmark::State&)> run, std::string calibrator);

/// Ends the program: a benchmark that measures something wrong measures nothing.
[[noreturn]] void give_up(std::string_view why);
inline void demand(bool holds, std::string_view what) {
  if (!holds) {
    give_up(what);
  }
}

/// Collects every repetition, then prints the medians and ratios.
class RatioReporter final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;
  void Finalize() override;
  /// A row is above a limit, or was measured without what it is to be compared with, or none was compared at all.
  bool missed() const noexcept { return missed_ || compared_ == 0; }

 private:
  struct Samples {
    std::vector<double> nanoseconds;
    std::map<std::string, double> counters;
  };
  double median(const std::string& name) const;
  void print_ratio(const std::string& name, const Target& wanted);
  void print_rows();
  void print_scaling();

  std::vector<std::string> order_;
  std::map<std::string, Samples> samples_;
  bool missed_ = false;
  std::size_t compared_ = 0;
};

}  // namespace tenzro::bench
