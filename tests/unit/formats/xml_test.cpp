// SPDX-License-Identifier: Apache-2.0
#include "formats/xml.hpp"

#include <gtest/gtest.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlmemory.h>

#include <string>
#include <thread>

#include "core/encoded_text.hpp"
#include "support/vectors.hpp"

namespace tenzro::tee::xml {
namespace {

using test::view;

void expect_refused(const std::string& text, std::string_view part, ErrorCode code = ErrorCode::malformed_input,
                    const Limits& limits = {}) {
  testing::internal::CaptureStderr();
  const auto document = Document::parse(view(text), limits);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  const std::string shown = text.substr(0, 200);
  ASSERT_FALSE(document.has_value()) << shown;
  EXPECT_EQ(document.error().code(), code) << shown;
  EXPECT_TRUE(document.error().message().starts_with("xml: ")) << document.error().message();
  EXPECT_NE(document.error().message().find(part), std::string::npos) << document.error().message();
}

Document good(const std::string& text) { return Document::parse(view(text)).value(); }
std::string text_of(const Bytes& bytes) { return std::string(as_text(bytes)); }
std::string canonical(const std::string& text) { return text_of(good(text).canonical().value()); }
std::string repeated(std::string_view part, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) {
    out += part;
  }
  return out;
}

TEST(Xml, ReadsElementsAttributesAndText) {
  const Document document = good(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<a:r xmlns:a='urn:a' xmlns='urn:d' b='1' a:b='' c=' x\ty '>one<x/>two<a:y>three</a:y>\n</a:r>\n");
  const Element root = document.root();
  EXPECT_TRUE(root.is("urn:a", "r"));
  EXPECT_FALSE(root.is("", "r"));
  EXPECT_EQ(root.text(), "onetwo\n");
  const auto attributes = root.attributes();
  ASSERT_EQ(attributes.size(), 3U) << "declarations are no attributes";
  EXPECT_EQ(attributes[0].name_space, "") << "the default namespace is not for attributes";
  EXPECT_EQ(attributes[0].name, "b");
  EXPECT_EQ(attributes[0].value, "1");
  EXPECT_EQ(attributes[1].name_space, "urn:a");
  EXPECT_EQ(attributes[1].value, "");
  EXPECT_EQ(attributes[2].value, " x y ") << "white space is normalised";
  const auto children = root.children();
  ASSERT_EQ(children.size(), 2U);
  EXPECT_TRUE(children[0].is("urn:d", "x"));
  EXPECT_TRUE(children[1].is("urn:a", "y"));
  EXPECT_EQ(children[1].text(), "three");
  EXPECT_TRUE(children[0].children().empty());
}

// The forms that the recommendation's examples show, without what is refused here.
TEST(Xml, CanonicalFormIsThatOfTheRecommendation) {
  EXPECT_EQ(canonical("<?xml version='1.0'?>\n\n<doc>Hello, world!</doc>\n\n"), "<doc>Hello, world!</doc>");
  EXPECT_EQ(canonical("<doc>\r\n  <e1  b = 'x'\ta=\"y\"  />\r</doc >"), "<doc>\n  <e1 a=\"y\" b=\"x\"></e1>\n</doc>");
  EXPECT_EQ(canonical("<e5 xmlns:b='urn:b' xmlns:a='urn:a' xmlns='urn:d' a:x='1' b:x='2' x='3'/>"),
            "<e5 xmlns=\"urn:d\" xmlns:a=\"urn:a\" xmlns:b=\"urn:b\" x=\"3\" a:x=\"1\" b:x=\"2\"></e5>");
  EXPECT_EQ(canonical("<a xmlns='urn:d'><b xmlns='urn:d'><c xmlns=''/></b></a>"),
            "<a xmlns=\"urn:d\"><b><c xmlns=\"\"></c></b></a>");
  EXPECT_EQ(canonical("<a b='\"'>\xc3\xa4></a>"), "<a b=\"&quot;\">\xc3\xa4&gt;</a>");
}

TEST(Xml, CanonicalSubtreeKeepsTheNamespacesAroundIt) {
  const Document document =
      good("<r xmlns='urn:d' xmlns:n='urn:n' a='1'> <s xmlns:m='urn:m'><t b='2'>x</t></s><t/></r>");
  const Element subtree = document.root().children()[0].children()[0];
  EXPECT_EQ(text_of(document.canonical(subtree).value()),
            "<t xmlns=\"urn:d\" xmlns:m=\"urn:m\" xmlns:n=\"urn:n\" b=\"2\">x</t>");
  EXPECT_EQ(document.canonical(document.root()).value(), document.canonical().value());
}

TEST(Xml, RemovesOneElementAndNothingElse) {
  Document document = good("<r> <a><b/>x</a>\n<c/> </r>");
  document.remove(document.root().children()[0]);
  EXPECT_EQ(text_of(document.canonical().value()), "<r> \n<c></c> </r>");
  ASSERT_EQ(document.root().children().size(), 1U);
  document.remove(document.root());
  const Document moved = std::move(document);
  EXPECT_EQ(moved.root().text(), " \n ");
}

// ATTACK(V5)
TEST(Xml, RefusesWhateverCouldExpandOrReferElsewhere) {
  expect_refused("<!DOCTYPE r><r/>", "document types");
  expect_refused("<?xml version='1.0'?><!DOCTYPE r [<!ENTITY a 'b'>]><r>&a;</r>", "document types");
  std::string laughs = "<!DOCTYPE r [<!ENTITY a0 'ha'>";
  for (int i = 1; i < 12; ++i) {
    laughs += "<!ENTITY a" + std::to_string(i) + " '" + repeated("&a" + std::to_string(i - 1) + ";", 10) + "'>";
  }
  expect_refused(laughs + "]><r>&a11;</r>", "document types");
  expect_refused(laughs + "]><r b='&a11;'/>", "document types");
  expect_refused("<!DOCTYPE r SYSTEM 'file:///etc/passwd'><r/>", "document types");
  expect_refused("<!DOCTYPE r [<!ENTITY a SYSTEM 'file:///etc/hostname'>]><r>&a;</r>", "document types");
  expect_refused("<!DOCTYPE r [<!ENTITY % a SYSTEM 'http://127.0.0.1:1/x'>%a;]><r/>", "document types");
  expect_refused("<r>&undeclared;</r>", "references");
  for (const char* reference : {"&amp;", "&#65;", "&#x41;", "&"}) {
    expect_refused(std::string("<r>") + reference + "</r>", "references");
    expect_refused(std::string("<r a='") + reference + "'/>", "references");
  }
  // Included from nowhere: it is an element like any other.
  const Document document =
      good("<r xmlns:x='http://www.w3.org/2001/XInclude'><x:include href='/etc/hostname' parse='text'/></r>");
  EXPECT_EQ(document.root().text(), "");
  EXPECT_EQ(document.root().children()[0].name(), "include");
}

TEST(Xml, RefusesWhatAReaderMayNotSee) {
  for (const char* text : {"<!-- c --><r/>", "<r><!-- c --></r>", "<r>a<!-- c -->b</r>", "<r/><!-- c -->",
                           "<r a='1'><!----></r>", "<r><![CDATA[x]]></r>"}) {
    expect_refused(text, "comments and CDATA");
  }
  for (const char* text :
       {"<?p x?><r/>", "<r><?p?></r>", "<r/><?xml-stylesheet href='x'?>", "<?xml version='1.0'?><?p?><r/>",
        " <?xml version='1.0'?><r/>", "<?xmlversion='1.0'?><r/>"}) {
    expect_refused(text, "processing instructions");
  }
  for (const char* name : {"xml:base", "xml:lang", "xml:space", "xml:id"}) {
    expect_refused(std::string("<r><a ") + name + "='preserve'/></r>", "namespace \"xml\"");
  }
}

TEST(Xml, RefusesWhatIsNotWellFormed) {
  for (const char* text : {"<r>", "<r></s>", "<r/><r/>", "<r/>x", "<r a='1' a='2'/>", "<r a=1/>", "<r a/>",
                           "<r a='<'/>", "<r a='1'b='2'/>", "<>", "< r/>", "<r>]]></r>", "<r>\x01</r>", "<r \xc2\xa0/>",
                           "<r/", "<r a='", "<1/>", "<r></r x='1'>"}) {
    expect_refused(text, "");
  }
  expect_refused("<r>\n\n<a></b>\n</r>", "line 3: ");
  expect_refused("<a:r/>", "line 1: ");
  expect_refused("<r a:b='1'/>", "line 1: ");
  expect_refused("<r xmlns:a='urn:x' xmlns:b='urn:x' a:c='1' b:c='2'/>", "line 1: ");
  expect_refused("<r xmlns:a=''/>", "line 1: ");
  expect_refused("<r xmlns:xml='urn:x'/>", "line 1: ");
  expect_refused("<a:b:c xmlns:a='urn:a'/>", "line 1: ");
  expect_refused("<?xml", "processing instructions");
  expect_refused("", "begin");
  expect_refused(" \n", "begin");
  expect_refused("r", "begin");
}

TEST(Xml, RefusesOtherEncodingsAndVersions) {
  const auto unsupported = [](const std::string& declaration) {
    expect_refused("<?xml " + declaration + "?><r/>", "UTF-8", ErrorCode::unsupported);
  };
  for (const char* encoding : {"ISO-8859-1", "UTF-16", "UTF-7", "US-ASCII", "utf8", "EBCDIC-CP-US"}) {
    unsupported(std::string("version='1.0' encoding='") + encoding + "'");
  }
  unsupported("version='1.1'");
  unsupported("encoding='UTF-8'");
  unsupported("version='1.0' standalone='maybe'");
  unsupported("version='1.0' encoding='UTF-8' encoding='UTF-7'");
  expect_refused("<?xml version='1.0'", "has no end");
  for (const char* declaration : {"version=\"1.0\" encoding='utf-8'", "version='1.0' standalone='yes'",
                                  "version = '1.0'\n encoding=\"UTF-8\" standalone=\"no\" "}) {
    EXPECT_EQ(canonical(std::string("<?xml ") + declaration + "?><r/>"), "<r></r>");
  }
  expect_refused("\xef\xbb\xbf<r/>", "begin");
  expect_refused(std::string("<\0r\0/\0>\0", 8), "not UTF-8");
  expect_refused(std::string("\xff\xfe<\0r\0/\0>\0", 10), "begin");
  expect_refused("\x4c\x6f\xa7\x94", "begin");
  expect_refused(std::string("<r>\0</r>", 8), "not UTF-8");
  for (const char* bytes : {"\xe4", "\xc0\xbc", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80"}) {
    expect_refused(std::string("<r>") + bytes + "</r>", "not UTF-8");
  }
}

// ATTACK(V5): refused before libxml2 sees a byte of it, or by its own limit on depth.
TEST(Xml, RefusesWhatAsksForTooMuch) {
  expect_refused("<r>" + std::string(std::size_t{50} << 20, 'x') + "</r>", "at most 1048576 are read");
  expect_refused(repeated("<a>", 1'000'000), "at most 1048576 are read");
  const Limits large{.max_size = std::size_t{64} << 20};
  expect_refused(repeated("<a>", 1'000'000) + repeated("</a>", 1'000'000), "tags", ErrorCode::malformed_input, large);
  expect_refused("<r>" + repeated("<a/>", 5000) + "</r>", "tags");
  std::string attributes = "<r";
  std::string namespaces = "<r";
  for (int i = 0; i < 5000; ++i) {
    attributes += " a" + std::to_string(i) + "=''";
  }
  for (int i = 0; i < 40; ++i) {
    namespaces += " xmlns:a" + std::to_string(i) + "='urn:a'";
  }
  expect_refused(attributes + "/>", "equal signs");
  expect_refused(namespaces + "/>", "namespaces");
  expect_refused(repeated("<a>", 300) + repeated("</a>", 300), "depth");
  EXPECT_EQ(good(repeated("<a>", 250) + repeated("</a>", 250)).canonical().value().size(), std::size_t{250} * 7);
}

TEST(Xml, RefusesToCanonicaliseWithRelativeNamespaces) {
  testing::internal::CaptureStderr();
  const auto refused = good("<r xmlns='relative'/>").canonical();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::malformed_input);
}

TEST(Xml, RefusesWhereThereIsNoMemory) {
  const Document before = good("<r/>");
  xmlFreeFunc free_function = nullptr;
  xmlMallocFunc malloc_function = nullptr;
  xmlReallocFunc realloc_function = nullptr;
  xmlStrdupFunc copy_function = nullptr;
  ASSERT_EQ(xmlMemGet(&free_function, &malloc_function, &realloc_function, &copy_function), 0);
  ASSERT_EQ(xmlMemSetup(
                free_function, [](std::size_t) -> void* { return nullptr; },
                [](void*, std::size_t) -> void* { return nullptr; }, [](const char*) -> char* { return nullptr; }),
            0);
  EXPECT_THROW(static_cast<void>(Document::parse(view("<r/>"))), std::bad_alloc);
  EXPECT_THROW(static_cast<void>(before.canonical()), std::bad_alloc);
  ASSERT_EQ(xmlMemSetup(free_function, malloc_function, realloc_function, copy_function), 0);
}

// Others in the process may use libxml2 too: its settings are theirs, and their handlers are not for us.
TEST(Xml, LeavesTheSettingsOfOthersAlone) {
  int calls = 0;
  xmlSetStructuredErrorFunc(&calls, [](void* count, auto) { ++*static_cast<int*>(count); });
  const int blanks = xmlKeepBlanksDefault(0);
  const int entities = xmlSubstituteEntitiesDefault(1);
  EXPECT_EQ(canonical("<r> <a/> </r>"), "<r> <a></a> </r>");
  expect_refused("<r>", "line");
  EXPECT_FALSE(good("<r xmlns='relative'/>").canonical().has_value());
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(xmlStructuredErrorContext, &calls);
  EXPECT_EQ(xmlKeepBlanksDefault(blanks), 0);
  EXPECT_EQ(xmlSubstituteEntitiesDefault(entities), 1);
  xmlSetStructuredErrorFunc(nullptr, nullptr);
}

TEST(Xml, IsReadByManyThreadsAtOnce) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([i] {
      for (int round = 0; round < 50; ++round) {
        const std::string name = "n" + std::to_string(i);
        EXPECT_EQ(canonical("<" + name + " xmlns:b='urn:b' b='1'><c/></" + name + ">"),
                  "<" + name + " xmlns:b=\"urn:b\" b=\"1\"><c></c></" + name + ">");
        EXPECT_FALSE(Document::parse(view("<" + name + ">")).has_value());
      }
    });
  }
}

}  // namespace
}  // namespace tenzro::tee::xml
