// SPDX-License-Identifier: Apache-2.0
// Containers through the standard library's streams.
#include <istream>
#include <ostream>

#include "tenzro/tee/seal.hpp"

namespace tenzro::tee {

namespace {

class StreamInput final : public SealInput {
 public:
  explicit StreamInput(std::istream& in) : in_(in) {}
  Result<std::size_t> read(std::span<std::uint8_t> into) override {
    if (in_.eof() && !in_.bad()) {
      return std::size_t{0};
    }
    in_.read(reinterpret_cast<char*>(into.data()), static_cast<std::streamsize>(into.size()));
    if (in_.bad() || (in_.fail() && !in_.eof())) {
      return Error(ErrorCode::io_failure, "the input stream cannot be read");
    }
    return static_cast<std::size_t>(in_.gcount());
  }

 private:
  std::istream& in_;
};

class StreamOutput final : public SealOutput {
 public:
  explicit StreamOutput(std::ostream& out) : out_(out) {}
  Result<void> write(ByteView bytes) override {
    return out_.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()))
               ? Result<void>()
               : failed();
  }
  Result<void> flush() { return out_.flush() ? Result<void>() : failed(); }

 private:
  static Result<void> failed() { return Error(ErrorCode::io_failure, "the output stream cannot be written"); }
  std::ostream& out_;
};

template <class Run>
Result<std::uint64_t> over_streams(std::istream& in, std::ostream& out, Run run) {
  StreamInput input(in);
  StreamOutput output(out);
  auto done = run(input, output);
  if (done) {
    if (auto flushed = output.flush(); !flushed) {
      return std::move(flushed).error();
    }
  }
  return done;
}

}  // namespace

Result<std::uint64_t> seal_stream(const SealKeyId& key_id, std::istream& in, std::ostream& out, SealingPlace place,
                                  const SealOptions& options) {
  return over_streams(in, out, [&](SealInput& input, SealOutput& output) {
    return seal_stream(key_id, input, output, place, options);
  });
}

Result<std::uint64_t> unseal_stream(const SealKeyId& key_id, std::istream& in, std::ostream& out, SealingPlace place,
                                    const SealOptions& options) {
  return over_streams(in, out, [&](SealInput& input, SealOutput& output) {
    return unseal_stream(key_id, input, output, place, options);
  });
}

}  // namespace tenzro::tee
