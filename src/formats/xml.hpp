// SPDX-License-Identifier: Apache-2.0
// Signed XML, and as little of XML as it needs: elements, attributes, text and namespaces. What could refer to other
// bytes, expand, or be hidden from a reader (document types, entities, processing instructions, comments, CDATA) is
// refused before anything is parsed. Canonical XML 1.1 comes from libxml2.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::xml {

/// What one text may ask for. The counts are taken of the bytes before parsing, so they bound time and memory: no
/// element without a '<', no attribute without a '=', no namespace without "xmlns".
struct Limits {
  std::size_t max_size = std::size_t{1} << 20;  ///< bytes of text
  std::size_t max_tags = 4096;                  ///< start and end tags
  std::size_t max_equal_signs = 4096;           ///< of attributes, and those of base64
  std::size_t max_namespaces = 32;              ///< declarations
};

struct Attribute {
  std::string_view name_space;  ///< URI; empty for an attribute without prefix
  std::string_view name;
  std::string_view value;
};

/// An element of a Document, and valid as long as that: until it, or what it stands in, is removed.
class Element {
 public:
  std::string_view name_space() const noexcept;  ///< URI; empty when there is none
  std::string_view name() const noexcept;
  bool is(std::string_view wanted_space, std::string_view wanted_name) const noexcept {
    return name_space() == wanted_space && name() == wanted_name;
  }
  std::vector<Element> children() const;      ///< elements, in order
  std::vector<Attribute> attributes() const;  ///< in order, no two of the same name; without namespace declarations
  /// The characters directly in it, joined; those of its children are not among them.
  std::string text() const;

 private:
  friend class Document;
  explicit Element(const void* node) noexcept : node_(node) {}
  const void* node_;
};

/// Threads: one thread at a time.
class Document {
 public:
  /// One XML 1.0 document in UTF-8 without byte-order mark, at most 256 elements deep. Namespaces are resolved; names
  /// with unknown prefixes, and attributes of the namespace "xml" (base, lang, space, id), are refused. malformed_input
  /// names the rule or the line; unsupported: another version or encoding. Never throws but for lack of memory, asks no
  /// network, and writes nothing to stderr.
  static Result<Document> parse(ByteView text, const Limits& limits = {});
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();

  Element root() const noexcept;
  /// Takes an element out of the document, with all that is in it; the text around it stays. The root stays, too.
  void remove(Element element) noexcept;
  /// Canonical XML 1.1 without comments, in UTF-8. malformed_input for what has no canonical form, such as a relative
  /// namespace URI.
  Result<Bytes> canonical() const;
  /// The same of one element and all that is in it: the namespaces in scope around it are rendered with it.
  Result<Bytes> canonical(Element subtree) const;

 private:
  struct Tree;
  explicit Document(std::unique_ptr<Tree> tree) noexcept;
  std::unique_ptr<Tree> tree_;
};

}  // namespace tenzro::tee::xml
