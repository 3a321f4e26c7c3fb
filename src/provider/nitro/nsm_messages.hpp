// SPDX-License-Identifier: Apache-2.0
// What the Nitro Security Module is asked and answers, as CBOR: a bare name, or a map of one pair from name to fields.
// Source: aws-nitro-enclaves-nsm-api, docs and src/api.
#pragma once
#include <optional>
#include <string_view>

#include "tenzro/tee/nsm.hpp"

namespace tenzro::tee::nitro {

// Requests.
Bytes describe_nsm_request();
Bytes get_random_request();
Bytes describe_pcr_request(unsigned index);
Bytes extend_pcr_request(unsigned index, ByteView data);
Bytes lock_pcr_request(unsigned index);
Bytes lock_pcrs_request(unsigned end);
Bytes attestation_request(const std::optional<Bytes>& user_data, const std::optional<Bytes>& nonce,
                          const std::optional<Bytes>& public_key);

// Answers. hardware_failure: the module's own error, by its name. malformed_input: no answer to this request.
Result<NsmDescription> read_description(ByteView answer);
Result<Bytes> read_random(ByteView answer);
Result<NsmPcr> read_pcr(ByteView answer);
Result<Bytes> read_extended_pcr(ByteView answer);
/// name: "LockPCR" or "LockPCRs", which is the whole answer.
Result<void> read_acknowledgement(ByteView answer, std::string_view name);
Result<Bytes> read_document(ByteView answer);

}  // namespace tenzro::tee::nitro
