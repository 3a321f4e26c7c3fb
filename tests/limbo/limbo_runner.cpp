// SPDX-License-Identifier: Apache-2.0
// limbo_runner FILE.json: prints {"id","actual","reason"} for each case. Exit 0 when all were run, 2 for wrong
// arguments, 3 for a file that cannot be read as x509-limbo cases.
#include <cstdio>
#include <exception>
#include <string>

#include "limbo/limbo.hpp"

namespace {

int run(const char* file) {
  using namespace tenzro::tee;
  const auto cases = limbo::load(file);
  if (!cases) {
    std::fprintf(stderr, "limbo_runner: %s\n", cases.error().message().c_str());
    return 3;
  }
  for (const nlohmann::json& testcase : *cases) {
    const limbo::Answer answer = limbo::judge(testcase);
    nlohmann::ordered_json line;
    line["id"] = answer.id;
    line["actual"] = limbo::to_text(answer.success);
    line["reason"] = answer.reason;
    std::puts(line.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace).c_str());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: limbo_runner FILE.json\n", stderr);
    return 2;
  }
  try {
    return run(argv[1]);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "limbo_runner: %s\n", e.what());
    return 3;
  }
}
