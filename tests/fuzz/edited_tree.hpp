// SPDX-License-Identifier: Apache-2.0
// DER and CBOR as trees, for edits that leave the lengths right: what is wrong then is what is said, not how.
#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "edits.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::fuzz {

/// One element. With children, they are its content; without, the bytes are.
struct Node {
  std::uint8_t tag = 0;  ///< DER: identifier octet. CBOR: major type << 5, and what stands beside it for major type 7
  Bytes content{};       ///< CBOR: numbers and simple values as big-endian bytes
  std::vector<Node> children{};
  bool container = false;  ///< children count even where there are none
  Bytes prefix{};          ///< DER: 00 before what a BIT STRING holds, CBOR: nothing
};

namespace tree_parts {

inline void put_der_length(Bytes& out, std::size_t size) {
  if (size < 0x80) {
    out.push_back(static_cast<std::uint8_t>(size));
    return;
  }
  std::uint8_t octets = 0;
  for (std::size_t rest = size; rest > 0; rest >>= 8U) {
    ++octets;
  }
  out.push_back(static_cast<std::uint8_t>(0x80 | octets));
  for (unsigned i = octets; i-- > 0;) {
    out.push_back(static_cast<std::uint8_t>(size >> (8U * i)));
  }
}

/// All elements that fill the bytes; false when they do not.
inline bool read_der(ByteView in, std::vector<Node>& out, unsigned depth) {
  while (!in.empty()) {
    if (in.size() < 2 || depth > 24 || (in[0] & 0x1f) == 0x1f) {
      return false;
    }
    std::size_t size = in[1], head = 2;
    if (size >= 0x80) {
      const std::size_t octets = size & 0x7f;
      if (octets == 0 || octets > 3 || in.size() < 2 + octets) {
        return false;
      }
      size = 0;
      for (std::size_t i = 0; i < octets; ++i) {
        size = (size << 8U) | in[2 + i];
      }
      head += octets;
    }
    if (size > in.size() - head) {
      return false;
    }
    Node node;
    node.tag = in[0];
    const ByteView content = in.subspan(head, size);
    const bool constructed = (node.tag & 0x20) != 0;
    // What extensions are, and keys: DER in an OCTET STRING or a BIT STRING.
    const bool may_wrap = (node.tag == 0x04 || (node.tag == 0x03 && !content.empty() && content[0] == 0)) &&
                          content.size() > (node.tag == 0x03 ? 1U : 0U);
    if (constructed) {
      node.container = true;
      if (!read_der(content, node.children, depth + 1)) {
        return false;
      }
    } else if (may_wrap && read_der(content.subspan(node.tag == 0x03 ? 1 : 0), node.children, depth + 1)) {
      node.container = true;
      node.prefix = node.tag == 0x03 ? Bytes{0} : Bytes{};
    } else {
      node.children.clear();
      node.content.assign(content.begin(), content.end());
    }
    out.push_back(std::move(node));
    in = in.subspan(head + size);
  }
  return true;
}

inline void write_der(const Node& node, Bytes& out) {
  Bytes content = node.prefix;
  if (node.container) {
    for (const Node& child : node.children) {
      write_der(child, content);
    }
  } else {
    content = node.content;
  }
  out.push_back(node.tag);
  put_der_length(out, content.size());
  out.insert(out.end(), content.begin(), content.end());
}

inline void put_cbor_head(Bytes& out, std::uint8_t major, std::uint64_t value) {
  const unsigned width = value < 24 ? 0 : value < 0x100 ? 1 : value < 0x10000 ? 2 : value < 0x100000000 ? 4 : 8;
  const std::uint8_t info = width == 0 ? static_cast<std::uint8_t>(value)
                                       : static_cast<std::uint8_t>(width == 1   ? 24
                                                                   : width == 2 ? 25
                                                                   : width == 4 ? 26
                                                                                : 27);
  out.push_back(static_cast<std::uint8_t>((major << 5U) | info));
  for (unsigned i = width; i-- > 0;) {
    out.push_back(static_cast<std::uint8_t>(value >> (8U * i)));
  }
}

inline constexpr std::uint8_t kPair = 0xff;  ///< stands for a key and its value in a map
inline constexpr std::uint8_t kIndefinite = 0x1f;

/// The item at the front of the bytes, which it is taken off. Only of what our own encoder writes.
inline bool read_cbor(ByteView& in, Node& out, unsigned depth) {
  if (in.empty() || depth > 16) {
    return false;
  }
  const std::uint8_t major = in[0] >> 5U, info = in[0] & 0x1f;
  std::size_t width = info == 24 ? 1 : info == 25 ? 2 : info == 26 ? 4 : info == 27 ? 8 : 0;
  const bool indefinite = info == 31;
  if (in.size() < 1 + width || (info > 27 && !indefinite)) {
    return false;
  }
  std::uint64_t value = info;
  if (width > 0) {
    value = 0;
    for (std::size_t i = 0; i < width; ++i) {
      value = (value << 8U) | in[1 + i];
    }
  }
  out.tag = static_cast<std::uint8_t>((major << 5U) | (indefinite ? kIndefinite : 0));
  in = in.subspan(1 + width);
  if (major == 2 || major == 3) {
    if (indefinite || value > in.size()) {
      return false;
    }
    out.content.assign(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(value));
    in = in.subspan(value);
    return true;
  }
  if (major == 4 || major == 5) {
    out.container = true;
    for (std::uint64_t i = 0; indefinite || i < value; ++i) {
      if (indefinite && !in.empty() && in[0] == 0xff) {
        in = in.subspan(1);
        return true;
      }
      Node child;
      if (major == 5) {
        child.tag = kPair;
        child.container = true;
        child.children.resize(2);
        if (!read_cbor(in, child.children[0], depth + 1) || !read_cbor(in, child.children[1], depth + 1)) {
          return false;
        }
      } else if (!read_cbor(in, child, depth + 1)) {
        return false;
      }
      out.children.push_back(std::move(child));
    }
    return true;
  }
  if (major == 7) {
    out.tag = static_cast<std::uint8_t>((major << 5U) | info);
    return width == 0;
  }
  for (unsigned i = 8; i-- > 0;) {
    out.content.push_back(static_cast<std::uint8_t>(value >> (8U * i)));
  }
  if (major == 6) {
    out.container = true;
    out.children.resize(1);
    return read_cbor(in, out.children[0], depth + 1);
  }
  return true;
}

inline void write_cbor(const Node& node, Bytes& out) {
  if (node.tag == kPair) {
    for (const Node& child : node.children) {
      write_cbor(child, out);
    }
    return;
  }
  const std::uint8_t major = node.tag >> 5U;
  const bool indefinite = (node.tag & 0x1f) == kIndefinite;
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(node.content.size(), 8); ++i) {
    number = (number << 8U) | node.content[i];
  }
  switch (major) {
    case 2:
    case 3:
      put_cbor_head(out, major, node.content.size());
      out.insert(out.end(), node.content.begin(), node.content.end());
      return;
    case 4:
    case 5:
      if (indefinite) {
        out.push_back(node.tag);
      } else {
        put_cbor_head(out, major, node.children.size());
      }
      break;
    case 7:
      out.push_back(node.tag);
      return;
    default:
      put_cbor_head(out, major, number);
  }
  for (const Node& child : node.children) {
    write_cbor(child, out);
  }
  if ((major == 4 || major == 5) && indefinite) {
    out.push_back(0xff);
  }
}

/// Where every node stands, parents before children.
inline void list_places(std::vector<Node>& siblings, std::vector<std::pair<std::vector<Node>*, std::size_t>>& out) {
  for (std::size_t i = 0; i < siblings.size(); ++i) {
    out.emplace_back(&siblings, i);
    list_places(siblings[i].children, out);
  }
}

/// roots holds one node. words: contents worth trying.
inline void edit_node(std::vector<Node>& roots, const Edit& edit, std::span<const ByteView> words) {
  std::vector<std::pair<std::vector<Node>*, std::size_t>> places;
  list_places(roots, places);
  if (places.empty()) {
    return;
  }
  const auto [siblings, index] = places[edit.where % places.size()];
  Node& node = (*siblings)[index];
  const auto here = siblings->begin() + static_cast<std::ptrdiff_t>(index);
  const ByteView value = edit.value();
  const bool is_root = siblings == &roots;
  switch (edit.operation % 10) {
    case 0:  // other content
      if (!node.container) {
        node.content.assign(value.begin(), value.end());
      }
      break;
    case 1:  // a part of it
    case 2:
      if (!node.container) {
        Edit within = edit;
        within.where = edit.bytes[10];
        within.operation = edit.operation % 10 == 1 ? 0 : edit.bytes[9];
        within.size_byte = static_cast<std::uint8_t>(edit.size_byte % 9);
        edit_bytes(node.content, within);
      }
      break;
    case 3:
      node.tag = edit.bytes[0];
      break;
    case 4:
      if (!is_root) {
        siblings->erase(here);
      }
      break;
    case 5:
      if (!is_root && places.size() < 2000) {
        Node copy = node;
        siblings->insert(here, std::move(copy));
      }
      break;
    case 6:
      if (index + 1 < siblings->size()) {
        std::swap(node, (*siblings)[index + 1]);
      }
      break;
    case 7:  // a new element
      if (node.container) {
        Node made;
        made.tag = edit.bytes[10];
        made.content.assign(value.begin(), value.end());
        node.children.push_back(std::move(made));
      }
      break;
    case 8:
      if (!node.container && !words.empty()) {
        const ByteView word = words[edit.bytes[0] % words.size()];
        node.content.assign(word.begin(), word.end());
      }
      break;
    default: {  // what stands elsewhere
      const auto& [other, other_index] = places[edit.number() % places.size()];
      if (!node.container && !(*other)[other_index].container) {
        node.content = (*other)[other_index].content;
      }
    }
  }
}

}  // namespace tree_parts

/// Edits one DER element; bytes that are none (any more) as bytes.
inline void edit_der(Bytes& der, const Edit& edit, std::span<const ByteView> words) {
  std::vector<Node> roots;
  if ((edit.operation & 0x80) != 0 || !tree_parts::read_der(der, roots, 0) || roots.size() != 1) {
    edit_bytes(der, edit);
    return;
  }
  tree_parts::edit_node(roots, edit, words);
  der.clear();
  tree_parts::write_der(roots[0], der);
}

/// The same for one CBOR item.
inline void edit_cbor(Bytes& cbor, const Edit& edit, std::span<const ByteView> words) {
  std::vector<Node> roots(1);
  ByteView in = cbor;
  if ((edit.operation & 0x80) != 0 || !tree_parts::read_cbor(in, roots[0], 0) || !in.empty()) {
    edit_bytes(cbor, edit);
    return;
  }
  tree_parts::edit_node(roots, edit, words);
  cbor.clear();
  tree_parts::write_cbor(roots[0], cbor);
}

}  // namespace tenzro::tee::fuzz
