// SPDX-License-Identifier: Apache-2.0
// Collateral from files and folders that the test makes.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>

#include "formats/pem.hpp"
#include "made_documents.hpp"
#include "support/temporary_folder.hpp"
#include "tenzro/tee/collateral.hpp"

namespace tenzro::tee {
namespace {

namespace fs = std::filesystem;

class OfflineCollateral : public ::testing::Test {
 protected:
  fs::path write(const std::string& name, ByteView bytes) const {
    std::ofstream out(folder_ / name, std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return folder_ / name;
  }
  fs::path make_socket(const std::string& name) const {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = (folder_ / name).string();
    EXPECT_LT(path.size(), sizeof(address.sun_path));
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    EXPECT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    ::close(fd);
    return folder_ / name;
  }
  fs::path make_pipe(const std::string& name) const {
    EXPECT_EQ(::mkfifo((folder_ / name).c_str(), 0600), 0);
    return folder_ / name;
  }

  test::TemporaryFolder its_folder_;
  fs::path folder_ = its_folder_.path();
};

std::vector<CollateralDocument> find(CollateralSource& source, CollateralKind kind) {
  CollateralRequest request;
  request.kind = kind;
  auto found = source.find(request);
  EXPECT_TRUE(found.has_value());
  std::vector<CollateralDocument> out;
  if (found) {
    for (const CollateralDocumentPtr& document : *found) {
      out.push_back(*document);
    }
  }
  return out;
}
void expect_refused(const fs::path& path, ErrorCode code, std::string_view part) {
  const auto source = offline_collateral({path});
  ASSERT_FALSE(source.has_value()) << part;
  EXPECT_EQ(source.error().code(), code);
  EXPECT_NE(source.error().message().find(path.string()), std::string::npos) << source.error().message();
  EXPECT_NE(source.error().message().find(part), std::string::npos) << source.error().message();
}

TEST_F(OfflineCollateral, RejectsNamedFilesThatCannotBeRead) {
  expect_refused(folder_ / "nothing", ErrorCode::io_failure, "No such file");
  expect_refused(make_socket("socket"), ErrorCode::io_failure, "is a socket, a regular file is needed");
  expect_refused(make_pipe("pipe"), ErrorCode::io_failure, "is a pipe, a regular file is needed");
  expect_refused("/dev/null", ErrorCode::io_failure, "is a device, a regular file is needed");
  fs::create_symlink(folder_ / "nothing", folder_ / "dangling");
  expect_refused(folder_ / "dangling", ErrorCode::io_failure, "No such file");
  // Its content begins at an address where nothing is.
  expect_refused("/proc/self/mem", ErrorCode::io_failure, "Input/output error");
}

/// Root may read everything; this one may not, for as long as this lives.
class OrdinaryUser {
 public:
  OrdinaryUser() { EXPECT_TRUE(!is_root_ || ::seteuid(65534) == 0); }
  OrdinaryUser(const OrdinaryUser&) = delete;
  OrdinaryUser& operator=(const OrdinaryUser&) = delete;
  ~OrdinaryUser() { EXPECT_TRUE(!is_root_ || ::seteuid(0) == 0); }

 private:
  bool is_root_ = ::geteuid() == 0;
};

TEST_F(OfflineCollateral, RejectsWhatItMayNotRead) {
  fs::permissions(folder_, fs::perms::all);
  const fs::path locked = write("locked", test::kRootCrl), closed = folder_ / "closed";
  fs::create_directory(closed);
  fs::permissions(locked, fs::perms::none);
  fs::permissions(closed, fs::perms::none);
  {
    const OrdinaryUser nobody;
    expect_refused(locked, ErrorCode::io_failure, "Permission denied");
    expect_refused(closed, ErrorCode::io_failure, "Permission denied");
  }
  fs::permissions(closed, fs::perms::all);
}

TEST_F(OfflineCollateral, RejectsNamedFilesThatAreBrokenOrTooLarge) {
  expect_refused(write("empty", {}), ErrorCode::malformed_input, "is empty");
  expect_refused(write("zeros", Bytes(1000, 0)), ErrorCode::malformed_input, "no known form");
  std::string twice = test::response("tcbInfo", test::tcb_info());
  twice.insert(1, "\"signature\":\"\",");
  expect_refused(write("twice", test::view(twice)), ErrorCode::malformed_input, "signature");
  expect_refused(write("large", Bytes(kMaxCollateralFile + 1, ' ')), ErrorCode::malformed_input,
                 "has more than 8388608 bytes");
}

TEST_F(OfflineCollateral, SkipsWhatIsBrokenInAFolderWithAWarning) {
  write("1.json", test::view("{"));
  write("2.crl", test::kRootCrl);
  make_socket("3.socket");
  make_pipe("4.pipe");
  write("5.txt", test::view("read me"));
  fs::create_directory(folder_ / "6.folder");
  std::ofstream(folder_ / "6.folder" / "inside") << "not looked at";
  const auto source = offline_collateral({folder_});
  ASSERT_TRUE(source.has_value()) << source.error().message();
  EXPECT_EQ(find(**source, CollateralKind::root_crl).size(), 1U);
  const auto warnings = (*source)->warnings();
  ASSERT_EQ(warnings.size(), 4U);
  const std::vector<std::string> names = {"1.json", "3.socket", "4.pipe", "5.txt"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(warnings[i].check, "tcb");
    EXPECT_EQ(warnings[i].code, "collateral_ignored");
    EXPECT_NE(warnings[i].message.find(names[i]), std::string::npos) << warnings[i].message;
  }
}

TEST_F(OfflineCollateral, SkipsNoFileThatItMayNotRead) {
  write("1.crl", test::kRootCrl);
  const fs::path locked = write("2.crl", test::kRootCrl);
  fs::permissions(locked, fs::perms::none);
  if (::geteuid() == 0) {
    GTEST_SKIP() << "root reads everything; CommandFaults has disks that fail";
  }
  const auto source = offline_collateral({folder_});
  ASSERT_FALSE(source.has_value());
  EXPECT_EQ(source.error().code(), ErrorCode::io_failure);
  EXPECT_NE(source.error().message().find("2.crl"), std::string::npos) << source.error().message();
}

TEST_F(OfflineCollateral, RejectsFoldersWithTooManyFiles) {
  for (int i = 0; i < 4097; ++i) {
    write(std::to_string(i), {});
  }
  expect_refused(folder_, ErrorCode::io_failure, "holds more than 4096 files");
}

TEST_F(OfflineCollateral, RejectsMoreThanItWillHold) {
  Bytes spaces(kMaxCollateralFile, ' ');
  std::vector<fs::path> links;
  write("big", spaces);
  for (int i = 0; i < 20; ++i) {
    fs::create_symlink(folder_ / "big", folder_ / ("link" + std::to_string(i)));
  }
  const auto source = offline_collateral({folder_});
  ASSERT_FALSE(source.has_value());
  EXPECT_EQ(source.error().code(), ErrorCode::malformed_input);
  EXPECT_NE(source.error().message().find("more than 67108864 bytes in all"), std::string::npos);
}

TEST_F(OfflineCollateral, RejectsMoreCertificatesThanAnybodyNeeds) {
  constexpr unsigned kOfAFile = 64;
  const auto write_certificates = [&](unsigned file) {
    std::string text;
    for (unsigned i = 0; i < kOfAFile; ++i) {
      Bytes certificate = test::certificate(static_cast<std::uint8_t>(i));
      certificate.back() = static_cast<std::uint8_t>(file);  // of its signature
      text += pem::encode("CERTIFICATE", certificate);
    }
    return write(std::to_string(file) + ".pem", test::view(text));
  };
  std::vector<fs::path> files;
  for (unsigned file = 0; file < 18; ++file) {
    files.push_back(write_certificates(file));
  }
  const auto source = offline_collateral(files);
  ASSERT_FALSE(source.has_value());
  EXPECT_EQ(source.error().code(), ErrorCode::malformed_input);
  EXPECT_NE(source.error().message().find("more than 1024 certificates in all"), std::string::npos);
  files.resize(16);
  const auto fewer = offline_collateral(files);
  ASSERT_TRUE(fewer.has_value()) << fewer.error().message();
  EXPECT_EQ((*fewer)->loose_certificates().size(), 1024U);
}

TEST_F(OfflineCollateral, OffersEveryDocumentOfAKind) {
  write("b.json", test::view(test::response("tcbInfo", test::tcb_info(false))));
  write("a.json", test::view(test::response("tcbInfo", test::tcb_info())));
  write("c.crl", test::kPckCrl);
  write("d.pem", test::view(pem::encode("CERTIFICATE", test::certificate(1))));
  write("e.pem", test::view(pem::encode("CERTIFICATE", test::certificate(1))));
  const fs::path identity = write("f.json", test::view(test::response("enclaveIdentity", test::qe_identity())));
  const auto source = offline_collateral({folder_, identity});
  ASSERT_TRUE(source.has_value()) << source.error().message();
  const auto infos = find(**source, CollateralKind::tcb_info);
  ASSERT_EQ(infos.size(), 2U);
  EXPECT_EQ(infos[0].source, (folder_ / "a.json").string());
  EXPECT_EQ(infos[1].source, (folder_ / "b.json").string());
  EXPECT_EQ(find(**source, CollateralKind::pck_crl).size(), 1U);
  EXPECT_EQ(find(**source, CollateralKind::root_crl).size(), 0U);
  EXPECT_EQ(find(**source, CollateralKind::qe_identity).size(), 2U);
  const auto loose = (*source)->loose_certificates();
  EXPECT_EQ(std::vector<Bytes>(loose.begin(), loose.end()), std::vector<Bytes>{test::certificate(1)});
  EXPECT_TRUE((*source)->warnings().empty());
}

TEST_F(OfflineCollateral, MayHaveNothing) {
  const auto empty = offline_collateral({folder_});
  ASSERT_TRUE(empty.has_value());
  for (const auto& source : {*empty, no_collateral()}) {
    for (const CollateralKind kind : {CollateralKind::tcb_info, CollateralKind::qe_identity, CollateralKind::root_crl,
                                      CollateralKind::pck_crl, CollateralKind::unknown}) {
      EXPECT_TRUE(find(*source, kind).empty());
    }
    EXPECT_TRUE(source->loose_certificates().empty());
    EXPECT_TRUE(source->warnings().empty());
  }
}

TEST(CollateralKind, HasTheNamesOfTheContract) {
  EXPECT_EQ(to_string(CollateralKind::tcb_info), "tcb_info");
  EXPECT_EQ(to_string(CollateralKind::qe_identity), "qe_identity");
  EXPECT_EQ(to_string(CollateralKind::root_crl), "root_crl");
  EXPECT_EQ(to_string(CollateralKind::pck_crl), "pck_crl");
  EXPECT_EQ(to_string(CollateralKind::unknown), "unknown");
}

}  // namespace
}  // namespace tenzro::tee
