// SPDX-License-Identifier: Apache-2.0
#include "net/http_client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <condition_variable>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <new>
#include <stop_token>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "net/vsock_connection.hpp"

namespace tenzro::tee::net {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kMaxHeaderLines = 100;
constexpr std::size_t kMaxHeaderBytes = std::size_t{64} << 10;
constexpr std::size_t kMaxAuthorities = std::size_t{8} << 20;
constexpr unsigned kAttempts = 3;
constexpr milliseconds kFirstWait{200};  // doubled each time

struct FreeEasy {
  void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
};
using EasyPtr = std::unique_ptr<CURL, FreeEasy>;

struct FreeList {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using ListPtr = std::unique_ptr<curl_slist, FreeList>;

struct FreeMulti {
  void operator()(CURLM* handle) const noexcept { curl_multi_cleanup(handle); }
};
using MultiPtr = std::unique_ptr<CURLM, FreeMulti>;

/// libcurl wants to be initialised once per process, before anything else of it is used.
bool curl_is_ready() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

/// What the callbacks of one attempt fill in, and what they stop it for.
struct Attempt {
  std::size_t max_body = 0;
  Fetched out{};
  std::size_t header_lines = 0, header_bytes = 0;
  FetchProblem stopped = FetchProblem::none;
  bool no_memory = false;
};

/// Any other number than the size it was given makes libcurl end the transfer.
constexpr std::size_t kStop = 0;

std::size_t take_header(char* data, std::size_t one, std::size_t size, Attempt& attempt) {
  attempt.header_bytes += size * one;
  if (++attempt.header_lines > kMaxHeaderLines || attempt.header_bytes > kMaxHeaderBytes) {
    attempt.stopped = FetchProblem::headers_too_large;
    return kStop;
  }
  const std::string_view line(data, size * one);
  if (line.starts_with("HTTP/")) {
    attempt.out.headers.clear();  // of an interim answer (1xx)
    return size;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !attempt.out.body.empty()) {
    return size;  // the empty line, or a trailer: nothing that counts
  }
  std::string name = lower(trimmed(line.substr(0, colon)));
  const std::string_view value = trimmed(line.substr(colon + 1));
  const bool plain = value.empty() || lower(value) == "identity";
  if ((name == "content-encoding" && !plain) || (name == "transfer-encoding" && !plain && lower(value) != "chunked")) {
    attempt.stopped = FetchProblem::encoded;
    return kStop;
  }
  attempt.out.headers.emplace_back(std::move(name), value);
  return size;
}

std::size_t take_body(char* data, std::size_t one, std::size_t size, Attempt& attempt) {
  if (size * one > attempt.max_body - attempt.out.body.size()) {
    attempt.stopped = FetchProblem::body_too_large;
    return kStop;
  }
  attempt.out.body.insert(attempt.out.body.end(), data, data + size * one);
  return size;
}

/// Called by C, through which nothing may be thrown.
template <std::size_t (*take)(char*, std::size_t, std::size_t, Attempt&)>
std::size_t called_back(char* data, std::size_t one, std::size_t size, void* user) noexcept {
  Attempt& attempt = *static_cast<Attempt*>(user);
  try {
    return take(data, one, size, attempt);
  } catch (const std::bad_alloc&) {
    attempt.no_memory = true;
    return kStop;
  }
}

FetchProblem problem_of(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return FetchProblem::timed_out;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return FetchProblem::name_unresolved;
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
      return FetchProblem::connection_failed;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
      return FetchProblem::tls_failed;
    case CURLE_FILESIZE_EXCEEDED:
      return FetchProblem::body_too_large;
    case CURLE_OUT_OF_MEMORY:  // a single header line beyond libcurl's own limit ends so
      return FetchProblem::headers_too_large;
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      return FetchProblem::cut_short;
    case CURLE_URL_MALFORMAT:
      return FetchProblem::url_refused;
    default:
      return FetchProblem::not_http;
  }
}

FetchProblem problem_of(long status) {
  if (status == 200) {
    return FetchProblem::none;
  }
  if (status >= 300 && status < 400) {
    return FetchProblem::redirected;
  }
  if (status == 404 || status == 410) {
    return FetchProblem::not_found;
  }
  if (status == 401 || status == 403) {
    return FetchProblem::unauthorized;
  }
  if (status == 429) {
    return FetchProblem::throttled;
  }
  return status >= 500 && status < 600 ? FetchProblem::server_failed : FetchProblem::refused;
}

bool is_loopback(std::string_view url) { return url.starts_with("http://"); }

/// False when there is no memory for it.
bool append_to(ListPtr& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) {
    return false;
  }
  if (list == nullptr) {
    list.reset(longer);  // a list that has something keeps its beginning
  }
  return true;
}

/// The header lines of our own. False when there is no memory for them.
bool make_headers(const HttpRequest& request, ListPtr& out) {
  const auto add = [&out](const std::string& line) { return append_to(out, line); };
  bool ok = request.accept.empty() || add(concat("Accept: ", request.accept));
  ok = ok && std::all_of(request.headers.begin(), request.headers.end(), add);
  ok = ok && (request.bearer.empty() || add(concat("Authorization: Bearer ", request.bearer)));
  // Without a line of its own libcurl would wait for leave to send a large body.
  return ok && (!request.post || (add(concat("Content-Type: ", request.post->content_type)) && add("Expect:")));
}

bool is_header_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

/// Has the connection made to request.dial. False as in prepare. places and vsock: outlive the transfer.
bool prepare_dialling(CURL* handle, const HttpRequest& request, ListPtr& places, VsockConnection& vsock) {
  if (!request.dial) {
    return true;
  }
  if (const auto* tcp = std::get_if<DialTcp>(&*request.dial)) {
    return append_to(places, concat("::", tcp->host, ":", tcp->port)) &&
           curl_easy_setopt(handle, CURLOPT_CONNECT_TO, places.get()) == CURLE_OK;
  }
  return vsock.prepare(handle);
}

/// Every option that decides what may happen. False when libcurl refuses one: then nothing is sent. headers: outlive
/// the transfer.
bool prepare(CURL* handle, const HttpRequest& request, curl_slist* headers, const HttpOptions& options,
             const Bytes& authorities, milliseconds timeout, Attempt& attempt, char* error) {
  const std::string& url = request.url;
  bool ok = true;
  const auto set = [&](CURLoption option, auto value) {
    ok = ok && curl_easy_setopt(handle, option, value) == CURLE_OK;
  };
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_REDIR_PROTOCOLS_STR, "https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  if (request.post) {
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDS, reinterpret_cast<const char*>(request.post->body.data()));
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.post->body.size()));
  } else {
    set(CURLOPT_HTTPGET, 1L);
  }
  set(CURLOPT_HTTPHEADER, headers);
  set(CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));  // a proxy is told none of them
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_HTTP09_ALLOWED, 0L);
  set(CURLOPT_HTTP_CONTENT_DECODING, 0L);
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_QUICK_EXIT, 1L);  // a name server that does not answer must not outlast the deadline
  set(CURLOPT_FRESH_CONNECT, 1L);
  set(CURLOPT_FORBID_REUSE, 1L);
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min(timeout, options.connect_timeout).count()));
  set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(attempt.max_body));
  set(CURLOPT_USERAGENT, "tenzro-tee");
  set(CURLOPT_ERRORBUFFER, error);
  set(CURLOPT_HEADERFUNCTION, &called_back<take_header>);
  set(CURLOPT_HEADERDATA, &attempt);
  set(CURLOPT_WRITEFUNCTION, &called_back<take_body>);
  set(CURLOPT_WRITEDATA, &attempt);
  // An empty text also keeps libcurl from looking at the environment.
  set(CURLOPT_PROXY, is_loopback(url) || request.dial ? "" : options.proxy.c_str());
  set(CURLOPT_NOPROXY, options.no_proxy.c_str());
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  // A pinned key says more than any chain or name, so where it stands alone neither is asked.
  const bool by_chain = !options.pinned_key || options.only_ca_file;
  set(CURLOPT_SSL_VERIFYPEER, by_chain ? 1L : 0L);
  set(CURLOPT_SSL_VERIFYHOST, by_chain ? 2L : 0L);
  if (options.pinned_key) {
    // libcurl 7.88 looks at no pin where the server shows no certificate at all, as the anonymous suites of TLS 1.2
    // allow. Nobody offers those unless OpenSSL's configuration file says so; it has no say here.
    set(CURLOPT_SSL_CIPHER_LIST, "HIGH:!aNULL:!eNULL");
    set(CURLOPT_PINNEDPUBLICKEY, concat("sha256//", to_base64(*options.pinned_key)).c_str());
  }
  if (!authorities.empty()) {
    curl_blob blob{const_cast<std::uint8_t*>(authorities.data()), authorities.size(), CURL_BLOB_NOCOPY};
    set(CURLOPT_CAINFO_BLOB, &blob);
    if (!options.only_ca_file) {
      set(CURLOPT_PROXY_CAINFO_BLOB, &blob);
    }
  }
  if (options.only_ca_file) {
    // The blob replaces the system's file of authorities, but not the system's folder of them.
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  return ok;
}

Fetched failed(FetchProblem problem, std::string_view url, std::string_view why) {
  return {.problem = problem, .message = concat(to_string(problem), ": ", url, ": ", printable(why, 200))};
}

/// Seconds of Retry-After; the form with a date is not used by the services that we ask.
milliseconds wanted_wait(const Fetched& answer) {
  const auto text = answer.header("retry-after");
  unsigned seconds = 0;
  if (text && text->size() <= 6) {
    const auto [next, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
    if (error != std::errc() || next != text->data() + text->size()) {
      return milliseconds{0};
    }
  }
  return std::chrono::seconds{seconds};
}

/// One transfer from beginning to end, or until a stop is asked for: unlike curl_easy_perform, this is woken by it at
/// once, whatever the transfer waits for.
CURLcode perform(CURL* handle, const std::stop_token& stop) {
  const MultiPtr transfers(curl_multi_init());
  if (!transfers || curl_multi_add_handle(transfers.get(), handle) != CURLM_OK) {
    return CURLE_FAILED_INIT;
  }
  struct Member {
    CURLM* transfers;
    CURL* handle;
    ~Member() { curl_multi_remove_handle(transfers, handle); }
  };
  const Member member{transfers.get(), handle};
  const std::stop_callback wake(stop, [&transfers] { curl_multi_wakeup(transfers.get()); });
  constexpr int kLongestSleep = 1'000;  // milliseconds; libcurl's own timers end it earlier
  for (;;) {
    int running = 0;
    if (curl_multi_perform(transfers.get(), &running) != CURLM_OK) {
      return CURLE_FAILED_INIT;
    }
    if (running == 0) {
      break;
    }
    if (stop.stop_requested()) {
      return CURLE_ABORTED_BY_CALLBACK;
    }
    if (curl_multi_poll(transfers.get(), nullptr, 0, kLongestSleep, nullptr) != CURLM_OK) {
      return CURLE_FAILED_INIT;
    }
  }
  int more = 0;
  const CURLMsg* message = curl_multi_info_read(transfers.get(), &more);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-union-access): as libcurl hands it out
  return message != nullptr && message->msg == CURLMSG_DONE ? message->data.result : CURLE_FAILED_INIT;
}

/// Clients that failed together shall not come back together. Nothing secret or fair is wanted of it.
milliseconds by_chance_up_to(milliseconds most) {
  const auto ticks = static_cast<std::uint64_t>(Clock::now().time_since_epoch().count());
  const std::uint64_t mixed = (ticks * 0x9e3779b97f4a7c15U) >> 32U;
  return milliseconds{static_cast<milliseconds::rep>(mixed % (static_cast<std::uint64_t>(most.count()) + 1))};
}

/// Or until a stop is asked for.
void pause_for(milliseconds length, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, length, [] { return false; });
}

Fetched attempt_once(const HttpRequest& request, const HttpOptions& options, const Bytes& authorities,
                     milliseconds timeout, const std::stop_token& stop) {
  const std::string& url = request.url;
  Attempt attempt;
  attempt.max_body = request.max_body == 0 ? options.max_body : std::min(request.max_body, options.max_body);
  std::array<char, CURL_ERROR_SIZE> error{};
  ListPtr headers;
  ListPtr places;
  VsockConnection vsock;  // closed after the handle
  if (request.dial && std::holds_alternative<DialVsock>(*request.dial)) {
    const auto start = Clock::now();
    const auto opened =
        vsock.open(options.vsock, std::get<DialVsock>(*request.dial), std::min(timeout, options.connect_timeout));
    if (!opened) {
      return failed(FetchProblem::connection_failed, url, opened.error().message());
    }
    timeout = std::max(milliseconds{1}, timeout - std::chrono::floor<milliseconds>(Clock::now() - start));
  }
  const EasyPtr handle(curl_easy_init());
  if (!handle || !make_headers(request, headers) || !prepare_dialling(handle.get(), request, places, vsock) ||
      !prepare(handle.get(), request, headers.get(), options, authorities, timeout, attempt, error.data())) {
    return failed(FetchProblem::url_refused, url, "libcurl refuses an option that is needed");
  }
  const CURLcode code = perform(handle.get(), stop);
  if (attempt.no_memory) {
    throw std::bad_alloc();
  }
  if (stop.stop_requested()) {
    return failed(FetchProblem::cancelled, url, "not wanted any more");
  }
  long status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  if (attempt.stopped != FetchProblem::none) {
    return failed(attempt.stopped, url, "the answer is refused");
  }
  // What stands in an answer that says no decides nothing, so it need not be whole.
  if (status != 0 && problem_of(status) != FetchProblem::none) {
    Fetched out = failed(problem_of(status), url, concat("HTTP status ", status));
    out.headers = std::move(attempt.out.headers);
    attempt.out.body.resize(std::min(attempt.out.body.size(), request.max_refused_body));
    out.refused_body = std::move(attempt.out.body);
    return out;
  }
  if (code != CURLE_OK) {
    const std::string_view detail(error.data());
    return failed(problem_of(code), url, detail.empty() ? std::string_view(curl_easy_strerror(code)) : detail);
  }
  attempt.out.problem = problem_of(status);
  return std::move(attempt.out);
}

/// Of URL and place together. invalid_argument says what is wrong.
Result<void> check_place(const HttpRequest& request, const HttpOptions& options) {
  const std::string_view url = std::string_view(request.url).substr(0, request.url.find('?'));
  const bool plain = is_loopback(url);
  if (!request.dial) {
    TENZRO_RETURN_IF_ERROR(checked_base_url(url));
    return {};
  }
  constexpr std::string_view kPlain = "http://";
  TENZRO_RETURN_IF_ERROR(checked_base_url(plain ? concat("https://", url.substr(kPlain.size())) : std::string(url)));
  if (const auto* tcp = std::get_if<DialTcp>(&*request.dial)) {
    if (tcp->host.contains('/')) {
      return Error(ErrorCode::invalid_argument, "the place to dial is a host and a port, nothing more");
    }
    TENZRO_RETURN_IF_ERROR(checked_base_url(concat(plain ? "http://" : "https://", tcp->host, ":", tcp->port)));
    return {};
  }
  if (plain) {
    return Error(ErrorCode::invalid_argument, "plain http is for this machine only, vsock leads out of it");
  }
  if (!options.vsock) {
    return Error(ErrorCode::invalid_argument, "nobody here connects to vsock");
  }
  return {};
}

Result<Bytes> read_authorities(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (!in || error || size > kMaxAuthorities) {
    return Error(ErrorCode::io_failure, concat(printable(path.native(), 4096), ": cannot be read as a file of at most ",
                                               kMaxAuthorities, " bytes of PEM certificates"));
  }
  return Bytes(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

}  // namespace

std::string_view to_string(FetchProblem problem) noexcept {
  switch (problem) {
    case FetchProblem::unknown:
      return "unknown";
    case FetchProblem::none:
      return "none";
    case FetchProblem::url_refused:
      return "url_refused";
    case FetchProblem::name_unresolved:
      return "name_unresolved";
    case FetchProblem::connection_failed:
      return "connection_failed";
    case FetchProblem::tls_failed:
      return "tls_failed";
    case FetchProblem::timed_out:
      return "timed_out";
    case FetchProblem::cut_short:
      return "cut_short";
    case FetchProblem::not_http:
      return "not_http";
    case FetchProblem::headers_too_large:
      return "headers_too_large";
    case FetchProblem::body_too_large:
      return "body_too_large";
    case FetchProblem::redirected:
      return "redirected";
    case FetchProblem::encoded:
      return "encoded";
    case FetchProblem::not_found:
      return "not_found";
    case FetchProblem::unauthorized:
      return "unauthorized";
    case FetchProblem::throttled:
      return "throttled";
    case FetchProblem::refused:
      return "refused";
    case FetchProblem::server_failed:
      return "server_failed";
    case FetchProblem::cancelled:
      return "cancelled";
  }
  return "unknown";
}

std::optional<std::string_view> Fetched::header(std::string_view name) const {
  std::optional<std::string_view> found;
  for (const auto& [key, value] : headers) {
    if (key != name) {
      continue;
    }
    if (found) {
      return std::nullopt;
    }
    found = value;
  }
  return found;
}

Result<HttpClient> HttpClient::make(HttpOptions options) {
  if (!curl_is_ready()) {
    return Error(ErrorCode::internal, "libcurl cannot be initialised");
  }
  if (!options.proxy.empty() && !options.proxy.starts_with("http://") && !options.proxy.starts_with("https://")) {
    // As other programs take it: a proxy without a scheme is an http one.
    if (options.proxy.find("://") != std::string::npos) {
      return Error(ErrorCode::invalid_argument, "proxy: expected an http:// or https:// URL");
    }
    options.proxy.insert(0, "http://");
  }
  if (options.only_ca_file && options.ca_file.empty()) {
    return Error(ErrorCode::invalid_argument, "only the authorities of a file are to count, and none is named");
  }
  Bytes authorities;
  if (!options.ca_file.empty()) {
    const EasyPtr handle(curl_easy_init());
    const char* system = nullptr;
    if (!options.only_ca_file && handle && curl_easy_getinfo(handle.get(), CURLINFO_CAINFO, &system) == CURLE_OK &&
        system != nullptr) {
      // A machine without authorities of its own still has the caller's.
      if (auto read = read_authorities(system)) {
        authorities = *std::move(read);
        authorities.push_back('\n');
      }
    }
    TENZRO_ASSIGN_OR_RETURN(const Bytes extra, read_authorities(options.ca_file));
    constexpr std::string_view kBegin = "-----BEGIN ";
    if (std::search(extra.begin(), extra.end(), kBegin.begin(), kBegin.end()) == extra.end()) {
      return Error(ErrorCode::malformed_input,
                   concat(printable(options.ca_file.native(), 4096), ": holds no PEM certificate"));
    }
    authorities.insert(authorities.end(), extra.begin(), extra.end());
  }
  return HttpClient(std::move(options), std::move(authorities));
}

Fetched HttpClient::fetch(const HttpRequest& request, milliseconds timeout, const std::stop_token& stop) const {
  const std::string& url = request.url;
  if (const auto place = check_place(request, options_); !place) {
    return failed(FetchProblem::url_refused, url, place.error().message());
  }
  if ((options_.only_ca_file || options_.pinned_key) && is_loopback(url)) {
    return failed(FetchProblem::url_refused, url, "who answers there cannot be known; use https");
  }
  if (!is_header_text(request.accept) || !is_header_text(request.bearer) ||
      !std::all_of(request.headers.begin(), request.headers.end(), is_header_text) ||
      (request.post && !is_header_text(request.post->content_type))) {
    return failed(FetchProblem::url_refused, url, "a header line of ours would break");
  }
  const auto deadline = Clock::now() + timeout;
  const auto left = [deadline] { return std::chrono::ceil<milliseconds>(deadline - Clock::now()); };
  milliseconds wait = kFirstWait;
  for (unsigned attempt = 1;; ++attempt, wait *= 2) {
    if (stop.stop_requested()) {
      return failed(FetchProblem::cancelled, url, "not wanted any more");
    }
    if (left().count() <= 0) {
      return failed(FetchProblem::timed_out, url, concat("no whole answer within ", timeout.count(), " ms"));
    }
    Fetched out = attempt_once(request, options_, authorities_, left(), stop);
    const bool again = out.problem == FetchProblem::throttled || out.problem == FetchProblem::server_failed;
    const milliseconds pause = std::max(wait, wanted_wait(out));
    const milliseconds rest = left() - pause;
    if (!again || attempt == kAttempts || rest.count() <= 0) {
      return out;
    }
    pause_for(pause + by_chance_up_to(std::min(pause, rest) / 2), stop);
  }
}

}  // namespace tenzro::tee::net
