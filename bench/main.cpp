// SPDX-License-Identifier: Apache-2.0
// Every row beside its calibrator in one process, repetitions interleaved, ratios of medians at the end. Takes Google
// Benchmark's options; these are the defaults: nine repetitions of a tenth of a second, in random order.
//   tenzro_bench [--gate] [--benchmark_filter='calib|verify/tdx']
// --gate: exit status 1 when a row misses its limit, or lacks the calibrator that it is to be compared with.
#include <string_view>
#include <vector>

#include "calibrators.hpp"
#include "nitro.hpp"
#include "nvidia.hpp"
#include "rows.hpp"
#include "seal.hpp"
#include "snp.hpp"
#include "tdx.hpp"

int main(int argc, char** argv) {
  char repetitions[] = "--benchmark_repetitions=9";
  char interleaved[] = "--benchmark_enable_random_interleaving=true";
  char time[] = "--benchmark_min_time=0.1";
  std::vector<char*> arguments{argv[0], repetitions, interleaved, time};
  bool gate = false;
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--gate") {
      gate = true;
    } else {
      arguments.push_back(argv[i]);
    }
  }
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) {
    return 2;
  }
  tenzro::bench::add_calibrators();
  tenzro::bench::add_tdx_rows();
  tenzro::bench::add_memory_rows();
  tenzro::bench::add_nitro_rows();
  tenzro::bench::add_nvidia_rows();
  tenzro::bench::add_snp_rows();
  tenzro::bench::add_seal_rows();
  tenzro::bench::RatioReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  benchmark::Shutdown();
  return gate && reporter.missed() ? 1 : 0;
}
