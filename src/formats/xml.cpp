// SPDX-License-Identifier: Apache-2.0
// Source: Extensible Markup Language 1.0; Namespaces in XML 1.0; Canonical XML 1.1.
#include "formats/xml.hpp"

#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlerror.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <string>
#include <utility>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"

namespace tenzro::tee::xml {

namespace {

Error refused(std::string_view problem) { return Error(ErrorCode::malformed_input, concat("xml: ", problem)); }

// --- libxml2's objects

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* p) const noexcept {
    Free(p);
  }
};
using DocPtr = std::unique_ptr<xmlDoc, Freer<xmlFreeDoc>>;
using ParserPtr = std::unique_ptr<xmlParserCtxt, Freer<xmlFreeParserCtxt>>;
using BufferPtr = std::unique_ptr<xmlOutputBuffer, Freer<xmlOutputBufferClose>>;

/// libxml2's process-wide tables; they are made once and never taken down, since others in the process may use them.
void initialise() { [[maybe_unused]] static const bool kDone = (xmlInitParser(), true); }

/// While it lives, what libxml2 has to say in this thread goes nowhere instead of to stderr: canonicalisation knows no
/// handler of its own. Afterwards the handlers of whoever else uses libxml2 in this thread are in place again. It notes
/// a lack of memory: libxml2 goes on after it in places, and what comes of that must not be taken for the document.
class Silence {
 public:
  Silence() noexcept
      : handler_(xmlStructuredError),
        context_(xmlStructuredErrorContext),
        text_handler_(xmlGenericError),
        text_context_(xmlGenericErrorContext) {
    xmlSetStructuredErrorFunc(this, [](void* self, auto error) {
      if (error->code == XML_ERR_NO_MEMORY) {
        static_cast<Silence*>(self)->no_memory_ = true;
      }
    });
    // With the other handler in place, only its lists write here, and only when they have no memory.
    xmlSetGenericErrorFunc(this, note_text);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;
  ~Silence() {
    xmlSetStructuredErrorFunc(context_, handler_);
    xmlSetGenericErrorFunc(text_context_, text_handler_);
  }
  /// Throws std::bad_alloc if there was a lack of memory so far.
  void demand_memory() const {
    if (no_memory_) {
      throw std::bad_alloc();
    }
  }

 private:
  static void note_text(void* self, const char* /*text*/, ...) { static_cast<Silence*>(self)->no_memory_ = true; }

  xmlStructuredErrorFunc handler_;
  void* context_;
  xmlGenericErrorFunc text_handler_;
  void* text_context_;
  bool no_memory_ = false;
};

std::string_view view_of(const xmlChar* text) noexcept {
  return text == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(text));
}
std::string_view uri_of(const xmlNs* name_space) noexcept {
  return name_space == nullptr ? std::string_view() : view_of(name_space->href);
}
const xmlNode* node_of(const void* node) noexcept { return static_cast<const xmlNode*>(node); }

// --- before parsing

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t out = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) {
    ++out;
  }
  return out;
}

/// The XML declaration names the version and the encoding that are read here, or leaves the latter out. Whether it is
/// well-formed is for the parser.
Result<void> check_declaration(std::string_view text) {
  const std::size_t end = text.find("?>");
  if (end == std::string_view::npos) {
    return refused("the XML declaration has no end");
  }
  std::string declaration;
  for (const char c : text.substr(0, end)) {
    if (!is_white_space(c)) {
      declaration.push_back(c == '"' ? '\'' : static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c));
    }
  }
  constexpr std::array<std::string_view, 2> kKnown = {"<?xmlversion='1.0'", "<?xmlversion='1.0'encoding='utf-8'"};
  const auto known = [&](std::string_view form) {
    return declaration == form || declaration == concat(form, "standalone='yes'") ||
           declaration == concat(form, "standalone='no'");
  };
  if (!std::ranges::any_of(kKnown, known)) {
    return Error(ErrorCode::unsupported, "xml: the declaration must say version 1.0, and UTF-8 where it says more");
  }
  return {};
}

/// Everything that is dangerous in XML begins with "<!", "<?" or "&", none of which occurs in any other place of a
/// well-formed text; and in UTF-8 the bytes of these characters stand for nothing else.
Result<void> check_text(std::string_view text, const Limits& limits) {
  if (text.size() > limits.max_size) {
    return refused(concat("has ", text.size(), " bytes, at most ", limits.max_size, " are read"));
  }
  if (!trimmed(text).starts_with('<')) {
    return refused("does not begin with '<'");
  }
  if (!is_utf8(as_bytes(text)) || text.find('\0') != std::string_view::npos) {
    return refused("is not UTF-8 text");
  }
  const bool declared = text.starts_with("<?xml") && text.size() > 5 && is_white_space(text[5]);
  if (declared) {
    TENZRO_RETURN_IF_ERROR(check_declaration(text));
  }
  if (count(text, "<?") > (declared ? 1U : 0U)) {
    return refused("processing instructions are not read");
  }
  if (text.find("<!") != std::string_view::npos) {
    return refused("document types, comments and CDATA are not read");
  }
  if (text.find('&') != std::string_view::npos) {
    return refused("references to entities and characters are not read");
  }
  const auto bounded = [&](std::string_view part, std::size_t max, std::string_view what) -> Result<void> {
    const std::size_t found = count(text, part);
    return found <= max ? Result<void>() : refused(concat("has ", found, " ", what, ", at most ", max, " are read"));
  };
  TENZRO_RETURN_IF_ERROR(bounded("<", limits.max_tags, "tags"));
  TENZRO_RETURN_IF_ERROR(bounded("=", limits.max_equal_signs, "equal signs"));
  return bounded("xmlns", limits.max_namespaces, "namespaces");
}

// --- after parsing

Error parse_failure(const xmlParserCtxt& parser) {
  const int line = parser.lastError.line;
  const char* message = parser.lastError.message;
  return refused(concat("line ", line, ": ",
                        message == nullptr ? "is not well-formed" : printable(trimmed(std::string_view(message)))));
}

/// An element whose attributes have one plain value each, or text; everything else that a tree can hold is a problem.
/// Empty when there is none.
std::string_view problem_in(const xmlNode& node) {
  if (node.type == XML_TEXT_NODE) {
    return {};
  }
  if (node.type != XML_ELEMENT_NODE) {
    return "has something beside elements and text";
  }
  for (const xmlAttr* attribute = node.properties; attribute != nullptr; attribute = attribute->next) {
    const xmlNode* value = attribute->children;
    if (value != nullptr && (value->type != XML_TEXT_NODE || value->next != nullptr)) {
      return "has an attribute that is no plain text";
    }
    if (uri_of(attribute->ns) == view_of(XML_XML_NAMESPACE)) {
      return "attributes of the namespace \"xml\" are not read";
    }
  }
  return {};
}

/// The node after this one in document order; null after the last one below top.
const xmlNode* next_of(const xmlNode* node, const xmlNode* top) {
  if (node->type == XML_ELEMENT_NODE && node->children != nullptr) {
    return node->children;
  }
  while (node != top && node->next == nullptr) {
    node = node->parent;
  }
  return node == top ? nullptr : node->next;
}

/// The tree holds what the functions here understand, and nothing else. The text was searched for everything else, so
/// but for the namespace "xml" this finds nothing, unless libxml2 reads what we do not.
Result<void> check_nodes(const xmlDoc& doc) {
  if (doc.intSubset != nullptr || doc.extSubset != nullptr) {
    return refused("has a document type");
  }
  const xmlNode* top = doc.children;
  if (top == nullptr || top->type != XML_ELEMENT_NODE || top->next != nullptr) {
    return refused("has something beside its root element");
  }
  for (const xmlNode* node = top; node != nullptr; node = next_of(node, top)) {
    if (const std::string_view problem = problem_in(*node); !problem.empty()) {
      return refused(problem);
    }
  }
  return {};
}

/// Whether a node belongs to the element that is canonicalised. parent: of attributes and namespaces.
int is_inside(void* top, xmlNodePtr node, xmlNodePtr parent) {
  const xmlNode* at = node->type == XML_NAMESPACE_DECL || node->type == XML_ATTRIBUTE_NODE ? parent : node;
  while (at != nullptr && at != top) {
    at = at->parent;
  }
  return at != nullptr ? 1 : 0;
}

Result<Bytes> canonical_form(xmlDoc* doc, xmlC14NIsVisibleCallback visible, void* top) {
  Silence silence;  // it is written to while it lives
  const BufferPtr buffer(xmlAllocOutputBuffer(nullptr));
  const int written = buffer == nullptr ? -1
                                        : xmlC14NExecute(doc, visible, top, XML_C14N_1_1,
                                                         /*inclusive_ns_prefixes=*/nullptr,
                                                         /*with_comments=*/0, buffer.get());
  silence.demand_memory();
  if (written < 0 || buffer->error != 0) {
    return refused("has no canonical form");
  }
  const xmlChar* bytes = xmlOutputBufferGetContent(buffer.get());
  return bytes == nullptr ? Bytes() : Bytes(bytes, bytes + xmlOutputBufferGetSize(buffer.get()));
}

}  // namespace

struct Document::Tree {
  DocPtr doc;
};

Document::Document(std::unique_ptr<Tree> tree) noexcept : tree_(std::move(tree)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Result<Document> Document::parse(ByteView text, const Limits& limits) {
  TENZRO_RETURN_IF_ERROR(check_text(as_text(text), limits));
  initialise();
  Silence silence;
  const ParserPtr parser(xmlNewParserCtxt());
  silence.demand_memory();
  if (parser == nullptr || std::cmp_greater(text.size(), std::numeric_limits<int>::max())) {
    return refused("cannot be parsed");
  }
  // A default that anybody in the process may have changed; without blanks the canonical form would be another.
  parser->keepBlanks = 1;
  parser->sax->ignorableWhitespace = parser->sax->characters;
  DocPtr doc(xmlCtxtReadMemory(parser.get(), reinterpret_cast<const char*>(text.data()), static_cast<int>(text.size()),
                               /*URL=*/nullptr, /*encoding=*/nullptr, XML_PARSE_NONET));
  silence.demand_memory();
  if (doc == nullptr || parser->wellFormed != 1 || parser->nsWellFormed != 1) {
    return parse_failure(*parser);
  }
  TENZRO_RETURN_IF_ERROR(check_nodes(*doc));
  return Document(std::make_unique<Tree>(Tree{std::move(doc)}));
}

Element Document::root() const noexcept { return Element(xmlDocGetRootElement(tree_->doc.get())); }

void Document::remove(Element element) noexcept {
  auto* node = const_cast<xmlNode*>(node_of(element.node_));
  if (node == xmlDocGetRootElement(tree_->doc.get())) {
    return;
  }
  xmlUnlinkNode(node);
  xmlFreeNode(node);
}

Result<Bytes> Document::canonical() const { return canonical_form(tree_->doc.get(), nullptr, nullptr); }

Result<Bytes> Document::canonical(Element subtree) const {
  return canonical_form(tree_->doc.get(), is_inside, const_cast<xmlNode*>(node_of(subtree.node_)));
}

std::string_view Element::name_space() const noexcept { return uri_of(node_of(node_)->ns); }
std::string_view Element::name() const noexcept { return view_of(node_of(node_)->name); }

std::vector<Element> Element::children() const {
  std::vector<Element> out;
  for (const xmlNode* child = node_of(node_)->children; child != nullptr; child = child->next) {
    if (child->type == XML_ELEMENT_NODE) {
      out.push_back(Element(child));
    }
  }
  return out;
}

std::vector<Attribute> Element::attributes() const {
  std::vector<Attribute> out;
  for (const xmlAttr* attribute = node_of(node_)->properties; attribute != nullptr; attribute = attribute->next) {
    const xmlNode* value = attribute->children;
    out.push_back({uri_of(attribute->ns), view_of(attribute->name), value == nullptr ? "" : view_of(value->content)});
  }
  return out;
}

std::string Element::text() const {
  std::string out;
  for (const xmlNode* child = node_of(node_)->children; child != nullptr; child = child->next) {
    if (child->type == XML_TEXT_NODE) {
      out += view_of(child->content);
    }
  }
  return out;
}

}  // namespace tenzro::tee::xml
