// SPDX-License-Identifier: Apache-2.0
// The namespaces and algorithms that NVIDIA's reference integrity manifests are written with: all of them with these.
// Source: genuine manifests of NVIDIA's RIM service; ISO/IEC 19770-2:2015; XML Signature Syntax and Processing 1.1.
#pragma once
#include <string_view>

namespace tenzro::tee::nvidia::rim_names {

inline constexpr std::string_view kSwid = "http://standards.iso.org/iso/19770/-2/2015/schema.xsd";
inline constexpr std::string_view kTcg =
    "https://trustedcomputinggroup.org/resource/tcg-reference-integrity-manifest-rim-information-model/";
inline constexpr std::string_view kHash = "http://www.w3.org/2001/04/xmlenc#sha384";
inline constexpr std::string_view kDsig = "http://www.w3.org/2000/09/xmldsig#";

inline constexpr std::string_view kCanonicalXml11 = "http://www.w3.org/2006/12/xml-c14n11";
inline constexpr std::string_view kEcdsaSha384 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384";
inline constexpr std::string_view kSha384 = "http://www.w3.org/2001/04/xmldsig-more#sha384";
inline constexpr std::string_view kEnveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

inline constexpr std::string_view kManufacturer = "5703";  ///< NVIDIA, among IANA's enterprise numbers
inline constexpr std::string_view kRootName = "SoftwareIdentity";

}  // namespace tenzro::tee::nvidia::rim_names
