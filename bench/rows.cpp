// SPDX-License-Identifier: Apache-2.0
#include "rows.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace tenzro::bench {

namespace {

constexpr int kThreads[] = {1, 2, 4};
/// Of what the calibrator scales to.
constexpr double kLeastScaling = 0.95;

std::map<std::string, Target>& targets() {
  static std::map<std::string, Target> all;
  return all;
}
std::vector<std::pair<std::string, std::string>>& scaling_rows() {
  static std::vector<std::pair<std::string, std::string>> all;
  return all;
}

/// The name under which a row is reported that runs on so many threads.
std::string threaded(const std::string& name, int threads) {
  return name + "/real_time/threads:" + std::to_string(threads);
}

}  // namespace

benchmark::internal::Benchmark* add_row(const std::string& name, std::function<void(benchmark::State&)> run,
                                        Target target) {
  targets()[name] = std::move(target);
  return benchmark::RegisterBenchmark(name.c_str(), std::move(run))->Unit(benchmark::kMicrosecond);
}

void add_scaling_row(const std::string& name, std::function<void(benchmark::State&)> run, std::string calibrator) {
  scaling_rows().emplace_back(name, std::move(calibrator));
  auto* const row = benchmark::RegisterBenchmark(name.c_str(), std::move(run))->UseRealTime();
  for (const int threads : kThreads) {
    row->Threads(threads);
  }
}

void give_up(std::string_view why) {
  std::fprintf(stderr, "tenzro_bench: %.*s\n", static_cast<int>(why.size()), why.data());
  std::exit(1);
}

bool RatioReporter::ReportContext(const Context& /*context*/) { return true; }

void RatioReporter::ReportRuns(const std::vector<Run>& runs) {
  for (const Run& run : runs) {
    if (run.error_occurred) {
      give_up(run.benchmark_name() + ": " + run.error_message);
    }
    if (run.run_type != Run::RT_Iteration) {
      continue;
    }
    // Without what tells repetitions apart: they are one row.
    const bool by_real_time = !run.run_name.time_type.empty();
    const bool is_threaded = by_real_time && !targets().contains(run.run_name.function_name);
    const std::string name =
        is_threaded ? threaded(run.run_name.function_name, static_cast<int>(run.threads)) : run.run_name.function_name;
    if (!samples_.contains(name)) {
      order_.push_back(name);
    }
    Samples& samples = samples_[name];
    const auto iterations = static_cast<double>(run.iterations);
    const double seconds = by_real_time ? run.real_accumulated_time : run.cpu_accumulated_time;
    // Real time of a threaded run is that of one thread, its iterations are those of all.
    samples.nanoseconds.push_back(seconds * 1e9 / iterations);
    for (const auto& [counter, value] : run.counters) {
      samples.counters[counter] = value.value;
    }
  }
}

double RatioReporter::median(const std::string& name) const {
  const auto found = samples_.find(name);
  if (found == samples_.end()) {
    return 0;
  }
  std::vector<double> sorted = found->second.nanoseconds;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  return *middle;
}

void RatioReporter::print_ratio(const std::string& name, const Target& wanted) {
  if (wanted.against.empty()) {
    return;
  }
  double base = 0;
  std::string against;
  for (const Work& work : wanted.against) {
    const double unit = median(work.calibrator);
    if (unit == 0) {
      missed_ = true;
      std::printf("  %s was not measured: nothing to compare with", work.calibrator.c_str());
      return;
    }
    base += work.units * unit;
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%s%g x %s", against.empty() ? "" : " + ", work.units,
                  work.calibrator.c_str() + std::string_view("calib/").size());
    against += text.data();
  }
  ++compared_;
  const double ratio = median(name) / base;
  std::printf("  %-36s %8.2f", against.c_str(), ratio);
  if (wanted.limit > 0) {
    missed_ |= ratio > wanted.limit;
    std::printf(" %8.2f%s", wanted.limit, ratio > wanted.limit ? "  MISSED" : "");
  }
}

void RatioReporter::print_rows() {
  std::printf("%-34s %12s  %-36s %8s %8s\n", "row", "median", "against", "ratio", "limit");
  for (const std::string& name : order_) {
    const auto target = targets().find(name);
    if (target == targets().end()) {
      continue;
    }
    std::printf("%-34s %9.2f us", name.c_str(), median(name) / 1e3);
    const Target& wanted = target->second;
    print_ratio(name, wanted);
    for (const auto& [counter, value] : samples_.at(name).counters) {
      std::printf("  %s=%.6g", counter.c_str(), value);
      if (const auto most = wanted.counter_limits.find(counter); most != wanted.counter_limits.end()) {
        missed_ |= value > most->second;
        std::printf(" (at most %g)%s", most->second, value > most->second ? "  MISSED" : "");
      }
    }
    std::printf("\n");
  }
}

void RatioReporter::print_scaling() {
  std::printf("\n%-34s %8s %14s %12s %8s\n", "scaling", "threads", "of perfect", "calibrator", "share");
  for (const auto& [name, calibrator] : scaling_rows()) {
    const auto scaling = [this](const std::string& row, int threads) {
      const double one = median(threaded(row, 1));
      const double all = median(threaded(row, threads));
      return all > 0 ? one / all / threads : 0;
    };
    for (const int threads : kThreads) {
      if (threads == 1 || median(threaded(name, threads)) == 0) {
        continue;
      }
      const double ours = scaling(name, threads);
      const double theirs = scaling(calibrator, threads);
      if (name != calibrator && theirs == 0) {
        missed_ = true;
      }
      if (name == calibrator || theirs == 0) {
        std::printf("%-34s %8d %14.2f\n", name.c_str(), threads, ours);
        continue;
      }
      ++compared_;
      const bool under = ours / theirs < kLeastScaling;
      missed_ |= under;
      std::printf("%-34s %8d %14.2f %12.2f %8.2f%s\n", name.c_str(), threads, ours, theirs, ours / theirs,
                  under ? "  MISSED" : "");
    }
  }
}

void RatioReporter::Finalize() {
  print_rows();
  if (std::ranges::any_of(scaling_rows(), [this](const auto& row) { return median(threaded(row.first, 1)) > 0; })) {
    print_scaling();
  }
}

}  // namespace tenzro::bench
