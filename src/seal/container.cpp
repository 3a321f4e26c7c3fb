// SPDX-License-Identifier: Apache-2.0
// Containers from beginning to end: sealing, unsealing, and both at once.
#include <algorithm>
#include <functional>
#include <memory>
#include <stop_token>
#include <utility>

#include "core/text.hpp"
#include "core/try.hpp"
#include "crypto/random.hpp"
#include "seal/opened_container.hpp"
#include "seal/pipeline.hpp"
#include "seal/sealer.hpp"
#include "seal/small_format.hpp"

namespace tenzro::tee {

using namespace seal_format;

namespace {

class Seal final : public ChunkWork {
 public:
  explicit Seal(crypto::AeadContext context) : context_(std::move(context)) {}
  Result<std::size_t> run(std::uint64_t index, bool last, std::span<std::uint8_t> buffer, std::size_t size) override {
    TENZRO_RETURN_IF_ERROR(
        context_.seal(chunk_nonce(index, last), {}, buffer.first(size), buffer.first(size + kTagSize)));
    return size + kTagSize;
  }

 private:
  crypto::AeadContext context_;
};

class Open final : public ChunkWork {
 public:
  explicit Open(crypto::AeadContext context) : context_(std::move(context)) {}
  Result<std::size_t> run(std::uint64_t index, bool last, std::span<std::uint8_t> buffer, std::size_t size) override {
    TENZRO_RETURN_IF_ERROR(check_chunk_size(index, size));
    const auto opened = context_.open(chunk_nonce(index, last), {}, buffer.first(size), buffer.first(size - kTagSize));
    if (!opened) {
      return opened.error().code() == ErrorCode::authentication_failed ? unseal_failed() : opened.error();
    }
    return size - kTagSize;
  }

 private:
  crypto::AeadContext context_;
};

/// Out of one container and into another whose chunks are as large.
class Reseal final : public ChunkWork {
 public:
  Reseal(crypto::AeadContext opening, crypto::AeadContext sealing)
      : open_(std::move(opening)), seal_(std::move(sealing)) {}
  Result<std::size_t> run(std::uint64_t index, bool last, std::span<std::uint8_t> buffer, std::size_t size) override {
    TENZRO_ASSIGN_OR_RETURN(const std::size_t opened, open_.run(index, last, buffer, size));
    return seal_.run(index, last, buffer, opened);
  }

 private:
  Open open_;
  Seal seal_;
};

template <class Work>
auto work_maker(Result<crypto::AeadContext> (*make_context)(ByteView), const SecretBytes& key) {
  return [make_context, &key]() -> Result<std::unique_ptr<ChunkWork>> {
    TENZRO_ASSIGN_OR_RETURN(auto context, make_context(key.reveal()));
    return std::unique_ptr<ChunkWork>(std::make_unique<Work>(std::move(context)));
  };
}

/// A header with its key, for a container that is about to be written.
struct NewContainer {
  ContainerHeader header;
  Bytes header_bytes;
  ContainerKey key;
};

Result<NewContainer> begin(const SealKeyId& key_id, SealingPlace place, const SealOptions& options,
                           std::optional<std::uint64_t> plaintext_size, unsigned log2_chunk, std::uint64_t generation) {
  TENZRO_ASSIGN_OR_RETURN(const SealingRoot root, Sealer::root_to_seal(key_id, place, options));
  ContainerHeader header;
  header.log2_chunk = log2_chunk;
  header.plaintext_size = plaintext_size;
  crypto::fill_random(header.salt);
  header.generation = generation;
  header.vendor_tag = root.vendor_tag;
  header.key_id = key_id.str();
  header.metadata = root.metadata;
  TENZRO_ASSIGN_OR_RETURN(Bytes bytes, write_header(header));
  TENZRO_ASSIGN_OR_RETURN(auto key, derive_container_key(root.secret.reveal(), header, bytes, options.associated_data));
  return NewContainer{std::move(header), std::move(bytes), std::move(key)};
}

Result<void> write_header_of(const NewContainer& container, SealOutput& out) {
  Bytes whole = container.header_bytes;
  const ByteView commitment = container.key.commitment.reveal();
  whole.insert(whole.end(), commitment.begin(), commitment.end());
  return out.write(whole);
}

/// What run_pipeline is told for chunks of this size that grow or shrink by their tags.
PipelinePlan plan_for(const SealOptions& options, std::size_t read_size, std::size_t room, std::size_t overhead_written,
                      std::size_t chunk_written, std::optional<std::uint64_t> total) {
  PipelinePlan plan;
  plan.read_size = read_size;
  plan.room = room;
  plan.threads = threads_of(options);
  plan.stop = options.patience.stop;
  if (options.progress) {
    plan.written = [&options, overhead_written, chunk_written, total](std::uint64_t written) {
      const std::uint64_t chunks = (written + chunk_written - 1) / chunk_written;
      options.progress({.done = written - chunks * overhead_written, .total = total});
    };
  }
  return plan;
}

std::uint64_t plaintext_in(std::uint64_t sealed_bytes, std::size_t chunk_size) {
  const std::uint64_t sealed_chunk = chunk_size + kTagSize;
  return sealed_bytes - (sealed_bytes + sealed_chunk - 1) / sealed_chunk * kTagSize;
}

/// While it lives, a stop also ends a read that waits.
class StopReading {
 public:
  StopReading(const SealOptions& options, SealInput& in)
      : stop_(options.patience.stop), give_up_(options.patience.stop, [&in] { in.give_up(); }) {}
  /// What a read says once it was given up is not what happened.
  Error explain(Error failure) const {
    return stop_.stop_requested() ? Error(ErrorCode::cancelled, "stopped, as was asked") : std::move(failure);
  }

 private:
  std::stop_token stop_;
  std::stop_callback<std::function<void()>> give_up_;
};

Error input_changed(std::uint64_t before) {
  return {ErrorCode::io_failure,
          concat("the input changed while it was sealed: it had ", before, " bytes at the beginning; seal it again")};
}

/// An input that said how long it is, and is held to it: one that grows as fast as it is read would have no end.
class KnownInput final : public SealInput {
 public:
  KnownInput(SealInput& in, std::optional<std::uint64_t> size) : in_(in), size_(size) {}
  Result<std::size_t> read(std::span<std::uint8_t> into) override {
    TENZRO_ASSIGN_OR_RETURN(const std::size_t got, in_.read(into));
    read_ += got;
    if (size_ && read_ > *size_) {
      return input_changed(*size_);
    }
    return got;
  }
  void give_up() noexcept override { in_.give_up(); }

 private:
  SealInput& in_;
  std::optional<std::uint64_t> size_;
  std::uint64_t read_ = 0;
};

/// Reads exactly the header, which tells its own length.
Result<Bytes> read_header_bytes(SealInput& in) {
  Bytes out(kHeaderStart);
  TENZRO_ASSIGN_OR_RETURN(std::size_t got, read_full(in, out));
  TENZRO_ASSIGN_OR_RETURN(const std::size_t size, header_size(ByteView(out).first(got)));
  out.resize(size);
  TENZRO_ASSIGN_OR_RETURN(const std::size_t more, read_full(in, std::span(out).subspan(kHeaderStart)));
  got += more;
  out.resize(got);
  return out;  // if it is cut short, whoever parses it says so
}

Result<void> check_total(std::uint64_t plaintext, const ContainerHeader& header) {
  // The header is authentic by now, but so it would be if its maker had lied.
  return header.plaintext_size && *header.plaintext_size != plaintext ? Result<void>(unseal_failed()) : Result<void>();
}

}  // namespace

Result<std::uint64_t> seal_stream(const SealKeyId& key_id, SealInput& in, SealOutput& out, SealingPlace place,
                                  const SealOptions& options) {
  const StopReading stop(options, in);
  const auto size = in.size();
  TENZRO_ASSIGN_OR_RETURN(const NewContainer container,
                          begin(key_id, place, options, size, options.log2_chunk, options.generation));
  TENZRO_RETURN_IF_ERROR(write_header_of(container, out));
  const std::size_t chunk = container.header.chunk_size();
  PipelinePlan plan = plan_for(options, chunk, chunk + kTagSize, kTagSize, chunk + kTagSize, size);
  plan.make_work = work_maker<Seal>(&crypto::AeadContext::to_seal, container.key.file_key);
  KnownInput known(in, size);
  TENZRO_ASSIGN_OR_RETURN(const std::uint64_t written, run_pipeline(known, out, plan));
  const std::uint64_t plaintext = plaintext_in(written, chunk);
  if (size && *size != plaintext) {
    return input_changed(*size);
  }
  return plaintext;
}

Result<std::uint64_t> unseal_stream(const SealKeyId& key_id, SealInput& in, SealOutput& out, SealingPlace place,
                                    const SealOptions& options) {
  const StopReading stop(options, in);
  const auto bytes = read_header_bytes(in);
  if (!bytes) {
    return stop.explain(bytes.error());
  }
  TENZRO_ASSIGN_OR_RETURN(const OpenedContainer container, open_container(*bytes, key_id, place, options));
  const std::size_t chunk = container.header.chunk_size();
  PipelinePlan plan = plan_for(options, chunk + kTagSize, chunk + kTagSize, 0, chunk, container.header.plaintext_size);
  plan.make_work = work_maker<Open>(&crypto::AeadContext::to_open, container.file_key);
  TENZRO_ASSIGN_OR_RETURN(const std::uint64_t plaintext, run_pipeline(in, out, plan));
  TENZRO_RETURN_IF_ERROR(check_total(plaintext, container.header));
  return plaintext;
}

Result<std::uint64_t> reseal_stream(const SealKeyId& key_id, SealInput& in, SealOutput& out, SealingPlace place,
                                    const SealOptions& options) {
  const StopReading stop(options, in);
  const auto bytes = read_header_bytes(in);
  if (!bytes) {
    return stop.explain(bytes.error());
  }
  TENZRO_ASSIGN_OR_RETURN(const OpenedContainer old, open_container(*bytes, key_id, place, options));
  if (options.generation != 0 && options.generation < old.header.generation) {
    return Error(ErrorCode::invalid_argument,
                 concat("this is generation ", old.header.generation, ", and is not sealed again as an older one"));
  }
  const std::size_t chunk = old.header.chunk_size();
  TENZRO_ASSIGN_OR_RETURN(const NewContainer fresh,
                          begin(key_id, place, options, old.header.plaintext_size, old.header.log2_chunk,
                                options.generation != 0 ? options.generation : old.header.generation));
  TENZRO_RETURN_IF_ERROR(write_header_of(fresh, out));
  PipelinePlan plan =
      plan_for(options, chunk + kTagSize, chunk + kTagSize, kTagSize, chunk + kTagSize, old.header.plaintext_size);
  plan.make_work = [&]() -> Result<std::unique_ptr<ChunkWork>> {
    TENZRO_ASSIGN_OR_RETURN(auto opening, crypto::AeadContext::to_open(old.file_key.reveal()));
    TENZRO_ASSIGN_OR_RETURN(auto sealing, crypto::AeadContext::to_seal(fresh.key.file_key.reveal()));
    return std::unique_ptr<ChunkWork>(std::make_unique<Reseal>(std::move(opening), std::move(sealing)));
  };
  TENZRO_ASSIGN_OR_RETURN(const std::uint64_t written, run_pipeline(in, out, plan));
  const std::uint64_t plaintext = plaintext_in(written, chunk);
  TENZRO_RETURN_IF_ERROR(check_total(plaintext, old.header));
  return plaintext;
}

}  // namespace tenzro::tee
